// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport

// What follows when the clock of the machine is set: waiting is counted by it, and so are leases.
extension Dispatcher {
  /// A step that is smaller than that is not worth a transaction.
  private static let noticeableStep = Duration.seconds(1)

  /// Sees whether the clock was set back, and lets what waits be due after as long as it would have been.
  ///
  /// It is looked at every few seconds, so a wait can become longer by as much. A clock that was set forward only ends
  /// waits sooner.
  func followClock() async {
    noticeClock()
    guard setBack >= Dispatcher.noticeableStep else { return }
    do {
      let step = setBack
      try await ledger.clockWasSetBack(by: step)
      setBack -= step
    } catch {
      reporter.ledgerFailed(error)
    }
  }

  /// The part of it that no ledger is needed for: lanes and circuits.
  func noticeClock() {
    let (old, now) = (lastSeen, time.now())
    lastSeen = now
    guard now < old else { return }
    for name in lanes.keys { lanes[name]?.follow(now - old) }
    setBack += old - now
  }

  /// Those of what was leased that are new to this dispatcher.
  ///
  /// A lease seems to be over when the clock was set forward. What is under way is then leased again, and not begun again.
  func taken(_ leased: [LeasedDelivery]) -> [LeasedDelivery] {
    leased.filter { inHand.updateValue($0, forKey: $0.delivery.id) == nil }
  }

  /// The same, proven by the latest lease.
  func latest(_ conclusion: Conclusion) -> Conclusion {
    inHand[conclusion.leased.delivery.id].map { conclusion.under($0.token) } ?? conclusion
  }
}
