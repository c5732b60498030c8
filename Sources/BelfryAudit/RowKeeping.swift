// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Stores the rows of a log: in a file, or in a list in tests.
package protocol RowKeeping: Sendable {
  /// Appends whole lines, each a JSON object: all of them, or none.
  ///
  /// - Parameters:
  ///   - lines: Lines that end in a line break.
  ///   - ledger: The ledger's position, noted with the lines; nil if it is unknown.
  /// - Returns: nil once they are stored durably.
  func keep(_ lines: [UInt8], ledger: LedgerPosition?) async -> TransportFailure?

  /// Notes the ledger's position, together with the next rows or without any.
  ///
  /// - Returns: the last stored row; nil if it is unknown.
  func note(_ ledger: LedgerPosition) async -> ChainEnd?

  /// Why stored rows have disappeared, for example because the file was deleted; nil if no loss is known.
  func loss() async -> TransportFailure?
}

extension RowKeeping {
  package func keep(_ lines: [UInt8]) async -> TransportFailure? { await keep(lines, ledger: nil) }

  /// Does nothing: rows that are not stored durably prove nothing.
  package func note(_ ledger: LedgerPosition) async -> ChainEnd? { nil }

  package func loss() async -> TransportFailure? { nil }
}
