// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The result of one attempt, and what follows.
package struct Settlement: Sendable, Hashable {
  package enum Result: Sendable, Hashable {
    case delivered(Receipt)
    /// It reached some recipients: the receipt is stored, and the rest is tried at `retryAt`; nil if there is no
    /// further attempt.
    case partial(Receipt, because: Verdict.Reason, retryAt: Instant?)
    case retry(at: Instant, because: Verdict.Reason, memory: AttemptMemory = AttemptMemory())
    case dead(because: Verdict.Reason)
    /// Another channel must deliver it, with a delivery written in the same transaction.
    ///
    /// If the channel's circuit was open, there was no attempt, and none is counted.
    case forwarded(NewDelivery, because: Verdict.Reason, wasAttempted: Bool)
    /// It was not attempted: due again at once, at its old place in the queue, and the attempt is not counted.
    case released
    /// It was not attempted, because its host cannot be reached: due again then, and the attempt is not counted.
    case postponed(until: Instant)
  }

  package var id: DeliveryID
  package var token: Int
  package var result: Result

  package init(id: DeliveryID, token: Int, result: Result) {
    self.id = id
    self.token = token
    self.result = result
  }
}

extension Settlement.Result {
  /// The final status of the delivery; nil if it continues.
  var end: DeliveryRecord.Status? {
    switch self {
    case .delivered, .partial(_, _, retryAt: nil): .delivered
    case .dead: .dead
    case .forwarded: .forwarded
    case .partial, .retry, .released, .postponed: nil
    }
  }

  /// Whether something was attempted; then the audit log gets a row.
  package var isAttempted: Bool {
    switch self {
    case .delivered, .partial, .retry, .dead, .forwarded(_, _, wasAttempted: true): true
    case .forwarded(_, _, wasAttempted: false), .released, .postponed: false
    }
  }

  /// The failed attempt that it records, if it failed.
  package func failed(_ number: Int, at now: Instant) -> FailedAttempt? {
    switch self {
    case .partial(_, let reason, let at): FailedAttempt(number: number, at: now, reason: reason, retryAt: at)
    case .retry(let at, let reason, _): FailedAttempt(number: number, at: now, reason: reason, retryAt: at)
    case .dead(let reason), .forwarded(_, let reason, true):
      FailedAttempt(number: number, at: now, reason: reason, retryAt: nil)
    case .delivered, .released, .postponed, .forwarded(_, _, false): nil
    }
  }
}

/// What an operator's action did with a delivery.
package enum MendedLetter: Sendable, Hashable {
  /// It is no dead letter: nothing happened.
  case notDead
  /// It is due again, or discarded.
  case done
  /// It is not sent again, because its alerts are not as it says any more.
  case outdated(Verdict.Reason)
}

/// An operator's action on a dead letter.
package enum DeadLetterRemedy: Sendable, Hashable {
  /// Makes it due again, as if it had just been created, unless it is outdated.
  case retry
  /// Discards it: it is not sent, and no longer counts as a dead letter.
  case drop
}
