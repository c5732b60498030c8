// SPDX-License-Identifier: Apache-2.0

/// What a process wants of a ledger's file.
package enum LedgerRole: Sendable {
  /// To write, and to send what it leases itself, beside others.
  case guest
  /// To deliver whatever is due: one process at a time, or `LedgerError.Code.inUse`.
  ///
  /// What a process that has ended had leased is due again as soon as the file is open.
  case notifier
}
