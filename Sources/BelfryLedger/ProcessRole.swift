// SPDX-License-Identifier: Apache-2.0

/// A process's role towards a ledger file.
package enum ProcessRole: Sendable {
  /// Writes, and sends what it leases itself, beside other processes.
  case guest
  /// Delivers whatever is due; only one process at a time can be the notifier, others get `LedgerError.Code.inUse`.
  ///
  /// Leases of processes that have ended are due again as soon as the file is open.
  case notifier
}
