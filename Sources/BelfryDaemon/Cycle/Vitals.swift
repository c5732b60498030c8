// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// When the parts of the notifier last did their work, to tell whether it is well.
package final class Vitals: Sendable {
  package enum Part: String, Sendable, CaseIterable {
    case cycle
    case dispatcher
  }

  /// What can fail while it goes on working.
  package enum Work: String, Sendable, CaseIterable {
    /// Leasing what is due.
    case dispatcher
    /// Writing what is new.
    case ledger
  }

  /// A part that has done nothing for so long is not well: each looks round every few seconds, and an attempt to read a
  /// source or to write the ledger ends long before.
  package static let patience = Duration.seconds(90)

  /// By the monotonic clock.
  private let beats: Mutex<[Part: Duration]>
  private let failures = Mutex<[Work: String]>([:])

  /// - Parameter start: from when on the parts are to be at work, by the monotonic clock.
  package init(from start: Duration) {
    beats = Mutex(Dictionary(uniqueKeysWithValues: Part.allCases.map { ($0, start) }))
  }

  package func beat(_ part: Part, at now: Duration) { beats.withLock { $0[part] = now } }

  /// Notes what some work last came to: what failed, or nil.
  package func note(_ failure: String?, of work: Work) { failures.withLock { $0[work] = failure } }

  /// Notes that the ledger can be written.
  ///
  /// - Returns: whether it could not before.
  func ledgerRecovered() -> Bool { failures.withLock { $0.removeValue(forKey: .ledger) } != nil }

  /// What failed when it was last tried; none when all is well.
  package var troubles: [String] { failures.withLock { failures in Work.allCases.compactMap { failures[$0] } } }

  /// The parts that are not well; none when all are.
  package func ailing(at now: Duration) -> [Part] {
    beats.withLock { beats in
      Part.allCases.filter { part in beats[part].map { now - $0 > Vitals.patience } ?? true }
    }
  }
}
