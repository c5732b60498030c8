// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryLedger

extension LinkKey {
  private static let mark = "acknowledge.key"

  /// The key stored in a ledger: it lives as long as the alerts of its links, through every restart.
  ///
  /// It is in the ledger instead of a separate file, so that it is protected, backed up and lost together with the
  /// alerts, without which it is useless.
  ///
  /// - Parameters:
  ///   - ledger: The ledger that stores it.
  ///   - isMade: Whether to make a key if there is none. Only the notifier does, because there is only one: of two
  ///     processes that made a key at the same time, one would sign links that the other does not accept.
  /// - Returns: nil if there is none, and none is made.
  /// - Throws: the ledger's error.
  package static func kept(in ledger: any Notes, isMade: Bool) async throws -> LinkKey? {
    if let key = try await ledger.marks(beginning: mark)[mark].flatMap(LinkKey.init(stored:)) { return key }
    guard isMade else { return nil }
    var generator = SystemRandomNumberGenerator()
    let key = LinkKey(using: &generator)
    try await ledger.note(marks: [mark: key.stored])
    return key
  }
}
