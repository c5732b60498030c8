// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport
internal import Tracing

/// One delivery attempt, from the lease to the channel's verdict.
struct Attempt: Sendable {
  let leased: LeasedDelivery
  let verdict: Verdict
  let settlement: Settlement
  /// The open span of the attempt; nil without tracing.
  var span: (any Span)?
  var trace: InstrumentationContext? { span?.context }
}

extension Outgoing {
  /// The request with the given time limit.
  func limited(to total: Duration) -> Outgoing {
    switch self {
    case .http(var exchange):
      exchange.limits.limit(total)
      return .http(exchange)
    case .mail(var submission):
      submission.limits.limit(total)
      return .mail(submission)
    case .append: return self
    case .process(var run):
      run.limits.total = total
      return .process(run)
    }
  }

  /// The longest time that sending it may take.
  var longest: Duration {
    switch self {
    case .http(let exchange): exchange.limits.total
    case .mail(let submission): submission.limits.total
    case .append: .seconds(10)
    case .process(let run): run.limits.total + run.limits.grace
    }
  }
}

extension ExchangeLimits {
  fileprivate mutating func limit(_ total: Duration) {
    self.total = total
    connect = min(connect, total)
  }
}
