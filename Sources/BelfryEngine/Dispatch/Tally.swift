// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import Synchronization

/// Counts the results of deliveries, for the exit status and the summary of `run --once`.
package final class Tally: Sendable {
  package struct Counts: Sendable, Hashable {
    package var delivered = 0
    package var retried = 0
    package var dead = 0
    /// Forwarded to another channel.
    package var forwarded = 0
    /// Settled after the delivery was leased again: another process may have made the same attempt.
    package var stale = 0
  }

  private let state = Mutex(Counts())

  package init() {}

  package var counts: Counts { state.withLock { $0 } }

  func count(_ attempt: Attempt, _ wasTaken: Bool) {
    state.withLock { counts in
      guard wasTaken else {
        counts.stale += 1
        return
      }
      switch attempt.settlement.result {
      case .delivered, .partial(_, _, retryAt: nil): counts.delivered += 1
      case .retry, .partial: counts.retried += 1
      case .dead: counts.dead += 1
      case .forwarded: counts.forwarded += 1
      case .released, .postponed: break
      }
    }
  }
}
