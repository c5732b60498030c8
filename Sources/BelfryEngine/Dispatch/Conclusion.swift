// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy
internal import Tracing

/// What to record in the ledger about a leased delivery.
enum Conclusion: Sendable {
  /// The reply was judged, or nothing could be composed.
  case judged(Attempt)
  /// It was not attempted, and waits for its turn again.
  case released(LeasedDelivery)
  /// It was not attempted, because its host cannot be reached.
  case postponed(LeasedDelivery, until: Instant)
  /// It was not attempted, and another channel delivers it.
  case moved(LeasedDelivery, to: NewDelivery)

  var settlement: Settlement {
    switch self {
    case .judged(let attempt): attempt.settlement
    case .released(let leased): Settlement(id: leased.delivery.id, token: leased.token, result: .released)
    case .postponed(let leased, let until):
      Settlement(id: leased.delivery.id, token: leased.token, result: .postponed(until: until))
    case .moved(let leased, let successor):
      Settlement(
        id: leased.delivery.id,
        token: leased.token,
        result: .forwarded(
          successor,
          because: successor.forwardings.last?.reason ?? Verdict.Reason("forwarded", ""),
          wasAttempted: false
        )
      )
    }
  }
}

extension Conclusion {
  var leased: LeasedDelivery {
    switch self {
    case .judged(let attempt): attempt.leased
    case .released(let leased), .postponed(let leased, _), .moved(let leased, _): leased
    }
  }

  /// The span of the attempt; nil without an attempt or without tracing.
  var trace: InstrumentationContext? {
    if case .judged(let attempt) = self { attempt.trace } else { nil }
  }

  /// The same conclusion with another lease of the same delivery.
  func under(_ lease: HeldLeases.Lease) -> Conclusion {
    var leased = leased
    (leased.token, leased.attempt) = (lease.token, lease.attempt)
    switch self {
    case .judged(let attempt):
      let settlement = Settlement(id: attempt.settlement.id, token: lease.token, result: attempt.settlement.result)
      return .judged(Attempt(leased: leased, verdict: attempt.verdict, settlement: settlement, span: attempt.span))
    case .released: return .released(leased)
    case .postponed(_, let until): return .postponed(leased, until: until)
    case .moved(_, let successor): return .moved(leased, to: successor)
    }
  }
}
