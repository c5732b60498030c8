// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A failure of the ledger: what happened, where, and how to fix it.
package struct LedgerError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, where callers may act on it.
  package struct Code: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// The file is not a ledger.
    package static let notALedger = Code(description: "not_a_ledger")
    /// The file was written by a newer Belfry.
    package static let newerVersion = Code(description: "newer_version")
    /// The file was written by a Belfry too old to be read.
    package static let olderVersion = Code(description: "older_version")
    /// The file is damaged.
    package static let corrupt = Code(description: "corrupt")
    /// The file, or its folder, could not be opened or created.
    package static let cannotOpen = Code(description: "cannot_open")
    /// Another process kept the file locked for too long.
    package static let busy = Code(description: "busy")
    /// Another process is the ledger's notifier.
    package static let inUse = Code(description: "in_use")
    /// The file at the ledger's path is no longer the one that is open.
    package static let replaced = Code(description: "replaced")
    /// The disk is full.
    package static let full = Code(description: "full")
    /// Reading or writing the file failed.
    package static let inputOutput = Code(description: "io")
    /// The ledger is already closed.
    package static let closed = Code(description: "closed")
    /// The policy made a delivery with an ID that was used before: a bug in the policy.
    package static let duplicateDelivery = Code(description: "duplicate_delivery")
    /// Any other SQLite error.
    package static let other = Code(description: "other")
  }

  package var code: Code
  /// What happened, and where.
  package var message: String
  /// How to fix it.
  package var remedy: String

  package init(_ code: Code, _ message: String, remedy: String) {
    self.code = code
    self.message = message
    self.remedy = remedy
  }

  package var description: String { "\(message) \(remedy)" }

  package static func duplicate(_ id: DeliveryID) -> LedgerError {
    LedgerError(
      .duplicateDelivery,
      "The policy made a delivery with the identity \(id), which is in the ledger already; nothing was written.",
      remedy: "This is a bug in Belfry: please report it with your channels.json."
    )
  }
}
