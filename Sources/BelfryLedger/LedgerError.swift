// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Why the ledger could not do what it was asked: what happened, where, and what to do about it.
package struct LedgerError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as far as a caller may act on it.
  package struct Code: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// The file is something else than a ledger.
    package static let notALedger = Code(description: "not_a_ledger")
    /// The file was written by a newer Belfry.
    package static let newerVersion = Code(description: "newer_version")
    /// The file does not hold together.
    package static let corrupt = Code(description: "corrupt")
    /// The file, or its folder, could not be opened or made.
    package static let cannotOpen = Code(description: "cannot_open")
    /// Another process kept the file locked for too long.
    package static let busy = Code(description: "busy")
    /// Another process is the ledger's notifier.
    package static let inUse = Code(description: "in_use")
    /// The file at the ledger's path is no longer the one that is open.
    package static let replaced = Code(description: "replaced")
    /// No room is left on the disk.
    package static let full = Code(description: "full")
    /// Reading or writing the file failed.
    package static let inputOutput = Code(description: "io")
    /// The ledger was closed before.
    package static let closed = Code(description: "closed")
    /// The policy made a delivery whose identity was used before: a mistake in the policy.
    package static let duplicateDelivery = Code(description: "duplicate_delivery")
    /// Anything else that SQLite refuses.
    package static let other = Code(description: "other")
  }

  package var code: Code
  /// What happened, and where.
  package var message: String
  /// What to do about it.
  package var remedy: String

  package init(_ code: Code, _ message: String, remedy: String) {
    self.code = code
    self.message = message
    self.remedy = remedy
  }

  package var description: String { "\(message) \(remedy)" }

  static func duplicate(_ id: DeliveryID) -> LedgerError {
    LedgerError(
      .duplicateDelivery,
      "The policy made a delivery with the identity \(id), which is in the ledger already; nothing was written.",
      remedy: "This is a mistake in Belfry: please report it with the policy's settings."
    )
  }
}
