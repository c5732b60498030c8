// SPDX-License-Identifier: Apache-2.0

/// Checks that an index returns its keys in ascending order.
///
/// A damaged index may not, and a loop that continues after the last key would then never end.
struct AscendingKeys {
  private var last: String

  init(after key: String = "") { last = key }

  /// - Throws: `LedgerError.Code.corrupt` if the key is not greater than the one before it.
  mutating func take(_ key: String) throws {
    guard last.utf8.lexicographicallyPrecedes(key.utf8) else {
      throw LedgerError(
        .corrupt,
        "The ledger is damaged: an index gives \(key) after \(last).",
        remedy: "To recover data: sqlite3 FILE .recover; see the operator's runbook."
      )
    }
    last = key
  }
}
