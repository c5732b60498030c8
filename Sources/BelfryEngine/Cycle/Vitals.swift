// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Records when the notifier's components last did their work, to decide whether it is healthy.
package final class Vitals: Sendable {
  package enum Part: String, Sendable, CaseIterable {
    case cycle
    case dispatcher
  }

  /// Work that can fail while the notifier continues.
  package enum Work: String, Sendable, CaseIterable {
    /// Leasing due deliveries.
    case dispatcher
    /// Writing to the ledger.
    case ledger
  }

  /// How long a component may do nothing before it counts as hanging: each becomes active every few seconds, and
  /// reading a source or writing the ledger fails long before.
  package static let patience = Duration.seconds(90)

  /// On the monotonic clock.
  private let beats: Mutex<[Part: Duration]>
  private let failures = Mutex<[Work: String]>([:])

  /// - Parameter start: When the components started, on the monotonic clock.
  package init(from start: Duration) {
    beats = Mutex(Dictionary(uniqueKeysWithValues: Part.allCases.map { ($0, start) }))
  }

  package func beat(_ part: Part, at now: Duration) { beats.withLock { $0[part] = now } }

  /// Records the latest result of some work: the failure, or nil.
  package func note(_ failure: String?, of work: Work) { failures.withLock { $0[work] = failure } }

  /// Records that the ledger is writable.
  ///
  /// - Returns: whether it was not before.
  func ledgerRecovered() -> Bool { failures.withLock { $0.removeValue(forKey: .ledger) } != nil }

  /// The latest failures; empty if all is well.
  package var troubles: [String] { failures.withLock { failures in Work.allCases.compactMap { failures[$0] } } }

  /// The components that are not healthy; empty if all are.
  package func ailing(at now: Duration) -> [Part] {
    beats.withLock { beats in
      Part.allCases.filter { part in beats[part].map { now - $0 > Vitals.patience } ?? true }
    }
  }
}
