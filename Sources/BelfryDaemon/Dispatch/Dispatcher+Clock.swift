// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport

// What follows when the clock of the machine is set: what waits is due by it, leases end by it, and budgets count by it.
extension Dispatcher {
  /// Notices whether the clock was set, and moves what it was set for: what waits is due after as long as it would have been.
  ///
  /// It is asked before anything is leased or written, and every few seconds, so that nothing new is mistaken for old.
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

  /// The part of it that no ledger is needed for: lanes, circuits and what is in hand.
  func noticeClock() {
    guard let step = clock.step(now: time.now(), elapsed: time.elapsed()) else { return }
    for name in lanes.keys { lanes[name]?.follow(step) }
    inHand = inHand.mapValues { $0.following(step, longest: longestWait) }
    unfollowed.append(step)
    reporter.clockWasSet(by: step.by)
  }

  /// A lease or a backoff; nothing else makes a delivery wait.
  private var longestWait: Duration { max(Dispatcher.lease, rules.backoff.longest) }

  /// Those of what was leased that are new to this dispatcher.
  ///
  /// A lease may seem to be over, as when the disk was stuck. What is under way is then leased again, and not begun again.
  func taken(_ leased: [LeasedDelivery]) -> [LeasedDelivery] {
    leased.filter { inHand.updateValue($0, forKey: $0.delivery.id) == nil }
  }

  /// The same with its times as they are after the clock was set.
  func current(_ leased: LeasedDelivery) -> LeasedDelivery {
    guard let held = inHand[leased.delivery.id] else { return leased }
    var leased = leased
    (leased.createdAt, leased.triedSince, leased.leasedUntil) = (held.createdAt, held.triedSince, held.leasedUntil)
    return leased
  }

  /// The same, proven by the latest lease.
  func latest(_ conclusion: Conclusion) -> Conclusion {
    inHand[conclusion.leased.delivery.id].map { conclusion.under($0.token) } ?? conclusion
  }
}
