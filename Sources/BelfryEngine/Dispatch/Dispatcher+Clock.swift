// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport

// Handles changes of the machine's clock, which affect due times, leases and retry budgets.
extension Dispatcher {
  /// Detects a change of the clock, and shifts the affected times: waiting deliveries are due after the same remaining
  /// time.
  ///
  /// It is called before anything is leased or written, and every few seconds, so that no new time is shifted by
  /// mistake.
  func followClock() async {
    noticeClock()
    while !unfollowed.isEmpty {
      let step = unfollowed.removeFirst()
      do {
        try await ledger.followDeliveries(step, longest: longestWait)
      } catch {
        unfollowed.insert(step, at: 0)
        return reporter.ledgerFailed(error)
      }
    }
  }

  /// Handles the part for which no ledger is needed: queues, circuits and leased deliveries.
  func noticeClock() {
    guard let step = clock.step(now: time.now(), elapsed: time.elapsed()) else { return }
    for name in queues.keys { queues[name]?.follow(step) }
    held.follow(step, longest: longestWait)
    unfollowed.append(step)
    reporter.clockWasSet(by: step.by)
  }

  /// The longest wait of a delivery: a lease or a backoff; nothing else makes one wait.
  private var longestWait: Duration { max(Dispatcher.lease, rules.backoff.longest) }

  /// The leased deliveries that are new to this dispatcher.
  ///
  /// A lease may seem to have ended, for example because the disk was stuck. A running delivery is then leased again,
  /// but not started again.
  func taken(_ leased: [LeasedDelivery]) -> [LeasedDelivery] {
    leased.filter { held.add($0) }
  }

  /// The conclusion with the delivery's latest lease.
  func latest(_ conclusion: Conclusion) -> Conclusion {
    let leased = conclusion.leased
    guard let lease = held.latest(of: leased.delivery.id), lease.token != leased.token else { return conclusion }
    return conclusion.under(lease)
  }
}
