// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// One progress cursor per name.
struct BookmarkTable {
  let db: Database

  /// Writes the cursors; nil removes one.
  func write(_ marks: [String: String?]) throws {
    let insert = try SQLStatement(db, "INSERT OR REPLACE INTO marks VALUES (?, ?)")
    let delete = try SQLStatement(db, "DELETE FROM marks WHERE name = ?")
    for (name, text) in marks {
      if let text { try insert.run(.text(name), .text(text)) } else { try delete.run(.text(name)) }
    }
  }

  func list(beginning prefix: String) throws -> [String: String] {
    // Compared instead of using LIKE or GLOB: a name may contain their wildcards.
    let select = try SQLStatement(db, "SELECT name, text FROM marks WHERE name >= ? AND substr(name, 1, length(?)) = ?")
    var marks: [String: String] = [:]
    try select.forEach(.text(prefix), .text(prefix), .text(prefix)) { marks[$0.text(0)] = $0.text(1) }
    return marks
  }
}
