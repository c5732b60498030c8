// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
internal import BelfryTransport
internal import Synchronization

/// Stores the rows of a log in a list, unchanged.
package final class KeptRows: RowKeeping {
  private let kept = Mutex<[String]>([])
  private let failure = Mutex<TransportFailure?>(nil)
  private let missing = Mutex<TransportFailure?>(nil)

  package init() {}

  /// The rows so far, without their line breaks.
  package var all: [String] { kept.withLock { $0 } }

  /// Makes storing fail from now on, or succeed again for nil.
  package func fail(_ reason: TransportFailure?) { failure.withLock { $0 = reason } }

  /// Makes it miss rows from now on, or none.
  package func lose(_ reason: TransportFailure?) { missing.withLock { $0 = reason } }

  package func loss() async -> TransportFailure? { missing.withLock { $0 } }

  package func keep(_ lines: [UInt8], ledger: LedgerPosition?) async -> TransportFailure? {
    if let reason = failure.withLock({ $0 }) { return reason }
    let rows = String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
    kept.withLock { $0 += rows }
    return nil
  }
}
