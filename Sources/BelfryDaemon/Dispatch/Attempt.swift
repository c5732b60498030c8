// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport

/// One attempt at a delivery, from the lease to what the channel made of the reply.
struct Attempt: Sendable {
  let leased: LeasedDelivery
  let verdict: Verdict
  let settlement: Settlement
}

/// Turns leased deliveries into what leaves, and replies into what is settled: all that can be decided without doing anything.
struct AttemptRules: Sendable {
  let product: String
  let cockpit: String
  let backoff: Backoff
  /// Whether a message says why it came.
  var showsWhy = true
  /// Whether nothing leaves: what was written for show counts as delivered.
  var isDryRun = false

  func notice(_ leased: LeasedDelivery, at now: Instant) -> Notice {
    let delivery = leased.delivery
    return Notice(
      delivery: delivery.id,
      channel: delivery.channel,
      content: delivery.content,
      marks: delivery.marks,
      reason: showsWhy ? delivery.reason : "",
      route: showsWhy ? delivery.route : "",
      suppressed: delivery.suppressed,
      sentAt: now,
      product: product,
      cockpit: cockpit,
      earlier: leased.earlier
    )
  }

  /// What the channel composed, with the time limit that `channels.json` gives it.
  func compose(_ notice: Notice, on channel: ConfiguredChannel) throws(Uncomposable) -> Outgoing {
    let outgoing = try channel.channel.compose(notice)
    return channel.common.timeout.map { outgoing.limited(to: $0) } ?? outgoing
  }

  /// What the reply means to the channel.
  func judge(_ reply: Reply, on channel: ConfiguredChannel) -> Verdict {
    guard isDryRun else { return channel.channel.interpret(reply) }
    guard case .failed(let failure) = reply else { return .delivered(Receipt()) }
    return .rejected(.operator, because: Verdict.Reason(failure.kind.rawValue, failure.message))
  }

  /// What a verdict means for the delivery.
  ///
  /// A retry is set by the backoff, whose jitter is `random`, a number in 0 ..< 1.
  func settle(_ leased: LeasedDelivery, _ verdict: Verdict, at now: Instant, random: Double) -> Attempt {
    let result: Settlement.Result =
      switch verdict {
      case .delivered(let receipt): .delivered(receipt)
      case .retry(let asked, let reason): retry(leased, after: asked, because: reason, at: now, random: random)
      case .ambiguous(let reason): retry(leased, after: nil, because: reason, at: now, random: random)
      // What only the operator can mend is kept and tried again: it may be mended before its time is up.
      case .rejected(.operator, let reason): retry(leased, after: nil, because: reason, at: now, random: random)
      case .rejected(.payload, let reason), .rejected(.target, let reason): .dead(because: reason)
      }
    let settlement = Settlement(id: leased.delivery.id, token: leased.token, result: result)
    return Attempt(leased: leased, verdict: verdict, settlement: settlement)
  }

  private func retry(
    _ leased: LeasedDelivery,
    after asked: Duration?,
    because reason: Verdict.Reason,
    at now: Instant,
    random: Double
  ) -> Settlement.Result {
    let next = now + backoff.wait(after: leased.attempt, asked: asked, random: random)
    guard next < backoff.deadline(of: leased.delivery, createdAt: leased.createdAt) else {
      return .dead(because: reason)
    }
    return .retry(at: next, because: reason)
  }
}

extension Outgoing {
  /// The same with a time limit of its own.
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

  /// How long carrying it out may take.
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
