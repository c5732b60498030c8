// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row per version of `channels.json` that was in force, and row 0 for the last rejected one.
struct ConfigurationTable {
  let db: Database

  func add(_ text: String, because cause: String, at now: Instant) throws -> Int {
    if let last = try list(limit: 1).first, last.text.isExactly(text) { return last.number }
    let last = try list(limit: 1).first?.number ?? 0
    try SQLStatement(db, "INSERT INTO configurations VALUES (?, ?, ?, ?)")
      .run(.int(Int64(last + 1)), .int(now.microseconds), .text(cause), .text(text))
    try SQLStatement(db, "DELETE FROM configurations WHERE number BETWEEN 1 AND ?")
      .run(.int(Int64(last + 1 - ConfigurationVersion.kept)))
    return last + 1
  }

  /// The versions, latest first.
  func list(limit: Int) throws -> [ConfigurationVersion] {
    let select = try SQLStatement(
      db,
      "SELECT number, since, cause, body FROM configurations WHERE number > 0 ORDER BY number DESC LIMIT ?"
    )
    var versions: [ConfigurationVersion] = []
    try select.forEach(.int(Int64(limit))) { columns in
      versions.append(
        ConfigurationVersion(
          number: Int(columns.int(0)),
          since: columns.instant(1),
          cause: columns.text(2),
          text: columns.text(3)
        )
      )
    }
    return versions
  }

  func replace(_ refusal: ConfigurationRefusal?) throws {
    try SQLStatement(db, "DELETE FROM configurations WHERE number = 0").run()
    guard let refusal else { return }
    try SQLStatement(db, "INSERT INTO configurations VALUES (0, ?, 'refused', ?)")
      .run(.int(refusal.at.microseconds), .text(refusal.findings.joined(separator: "\u{1E}")))
  }

  func refusal() throws -> ConfigurationRefusal? {
    var refusal: ConfigurationRefusal?
    try SQLStatement(db, "SELECT since, body FROM configurations WHERE number = 0").forEach { columns in
      refusal = ConfigurationRefusal(
        at: columns.instant(0),
        findings: columns.text(1).split(separator: "\u{1E}").map(String.init)
      )
    }
    return refusal
  }
}
