// SPDX-License-Identifier: Apache-2.0

/// Checks that keys come in the order in which an index is to give them.
///
/// In a damaged index they may not, and a loop that goes on after the last key would never end.
struct AscendingKeys {
  private var last: String

  init(after key: String = "") { last = key }

  /// - Throws: `LedgerError.Code.corrupt` for a key that does not come after the one before it.
  mutating func take(_ key: String) throws {
    guard last.utf8.lexicographicallyPrecedes(key.utf8) else {
      throw LedgerError(
        .corrupt,
        "The ledger is damaged: an index gives \(key) after \(last).",
        remedy: "What can be saved: sqlite3 FILE .recover; the runbook says how."
      )
    }
    last = key
  }
}
