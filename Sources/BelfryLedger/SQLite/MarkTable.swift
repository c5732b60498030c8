// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// One row for each thing of which it is written down how far it came.
struct MarkTable {
  let db: Database

  /// Nil removes the row.
  func write(_ marks: [String: String?]) throws {
    let insert = try SQLStatement(db, "INSERT OR REPLACE INTO marks VALUES (?, ?)")
    let delete = try SQLStatement(db, "DELETE FROM marks WHERE name = ?")
    for (name, text) in marks {
      if let text { try insert.run(.text(name), .text(text)) } else { try delete.run(.text(name)) }
    }
  }

  func list(beginning prefix: String) throws -> [String: String] {
    // By comparing and not with LIKE or GLOB: a name may hold what stands for something in those.
    let select = try SQLStatement(db, "SELECT name, text FROM marks WHERE name >= ? AND substr(name, 1, length(?)) = ?")
    var marks: [String: String] = [:]
    try select.forEach(.text(prefix), .text(prefix), .text(prefix)) { marks[$0.text(0)] = $0.text(1) }
    return marks
  }
}
