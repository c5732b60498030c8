// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What became of one attempt, and what is to follow.
package struct Settlement: Sendable, Hashable {
  package enum Result: Sendable, Hashable {
    case delivered(Receipt)
    /// It reached some: the receipt is kept, and the rest is tried at `retryAt`; nil when that is its end.
    case partial(Receipt, because: Verdict.Reason, retryAt: Instant?)
    case retry(at: Instant, because: Verdict.Reason, memory: AttemptMemory = AttemptMemory())
    case dead(because: Verdict.Reason)
    /// Another channel is to tell it, by a delivery that is written in the same transaction.
    ///
    /// Where the channel's circuit was open it was not even attempted, and the attempt does not count.
    case forwarded(NewDelivery, because: Verdict.Reason, wasAttempted: Bool)
    /// It was not attempted: due again at once, at its old place in the queue, and the attempt does not count.
    case released
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
  /// How the delivery ends by it; nil when it goes on.
  var end: DeliveryRecord.Status? {
    switch self {
    case .delivered, .partial(_, _, retryAt: nil): .delivered
    case .dead: .dead
    case .forwarded: .forwarded
    case .partial, .retry, .released: nil
    }
  }

  /// The attempt that it ends, when that failed.
  func failed(_ number: Int, at now: Instant) -> FailedAttempt? {
    switch self {
    case .partial(_, let reason, let at): FailedAttempt(number: number, at: now, reason: reason, retryAt: at)
    case .retry(let at, let reason, _): FailedAttempt(number: number, at: now, reason: reason, retryAt: at)
    case .dead(let reason), .forwarded(_, let reason, true):
      FailedAttempt(number: number, at: now, reason: reason, retryAt: nil)
    case .delivered, .released, .forwarded(_, _, false): nil
    }
  }
}

/// What an operator does with a dead letter.
package enum DeadLetterRemedy: Sendable, Hashable {
  /// It is due again, as if it had just been made.
  case retry
  /// It is not to be told any more, and no longer counts as a dead letter.
  case drop
}
