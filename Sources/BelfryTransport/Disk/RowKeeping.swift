// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What keeps the rows of a log: a file, or a list in a test.
package protocol RowKeeping: Sendable {
  /// Appends whole lines, each a JSON object: all of them, or none.
  ///
  /// - Parameters:
  ///   - lines: Lines that end in a line break.
  ///   - ledger: How far the ledger has come, noted with the lines; nil where it says nothing.
  /// - Returns: nil when they are kept for good.
  func keep(_ lines: [UInt8], ledger: LedgerPosition?) async -> TransportFailure?

  /// Notes how far the ledger has come, here with the next rows or without any.
  ///
  /// - Returns: the last row that was kept; nil where that is not known.
  func note(_ ledger: LedgerPosition) async -> ChainEnd?

  /// Why rows that were kept are no longer there, as after someone deleted the file; nil when nothing is known of that.
  func loss() async -> TransportFailure?
}

extension RowKeeping {
  package func keep(_ lines: [UInt8]) async -> TransportFailure? { await keep(lines, ledger: nil) }

  /// Rows that are kept nowhere for good vouch for nothing.
  package func note(_ ledger: LedgerPosition) async -> ChainEnd? { nil }

  package func loss() async -> TransportFailure? { nil }
}
