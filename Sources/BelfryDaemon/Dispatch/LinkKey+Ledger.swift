// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger

extension LinkKey {
  private static let mark = "acknowledge.key"

  /// The key that a ledger keeps: it lives as long as the alerts that its links are about, and through every restart.
  ///
  /// It stands in the ledger and in no file of its own, so that it is guarded, backed up and lost with them: without the alerts
  /// it would be good for nothing.
  ///
  /// - Parameters:
  ///   - ledger: where it is kept.
  ///   - isMade: whether one is made where there is none. That is the notifier's alone, of which there is one: of two
  ///     processes that made one at a time, one would sign what the other does not know.
  /// - Returns: nil where there is none, and none is to be made.
  /// - Throws: what the ledger throws.
  package static func kept(in ledger: any Ledger, isMade: Bool) async throws -> LinkKey? {
    if let key = try await ledger.marks(beginning: mark)[mark].flatMap(LinkKey.init(stored:)) { return key }
    guard isMade else { return nil }
    var generator = SystemRandomNumberGenerator()
    let key = LinkKey(using: &generator)
    try await ledger.note(marks: [mark: key.stored])
    return key
  }
}
