// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What keeps the rows of a log: a file, or a list in a test.
package protocol RowKeeping: Sendable {
  /// Appends whole lines, each a JSON object: all of them, or none.
  ///
  /// - Returns: nil when they are kept for good.
  func keep(_ lines: [UInt8]) async -> TransportFailure?

  /// Notes how far the ledger has come, here with the next rows or without any.
  ///
  /// - Returns: the last row that was kept; nil where that is not known.
  func note(_ ledger: LedgerPosition) async -> ChainEnd?
}

extension RowKeeping {
  /// Rows that are kept nowhere for good vouch for nothing.
  package func note(_ ledger: LedgerPosition) async -> ChainEnd? { nil }
}
