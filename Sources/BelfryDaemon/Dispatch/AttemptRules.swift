// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport

/// Turns leased deliveries into what leaves, and replies into what is settled: all that can be decided without doing anything.
struct AttemptRules: Sendable {
  let product: String
  let cockpit: String
  let backoff: Backoff
  /// Nil where messages carry no links that acknowledge.
  let links: AcknowledgeLinks?
  /// What such links are signed with, also when another configuration takes over.
  let linkKey: LinkKey?
  /// Whether a message says why it came.
  let showsWhy: Bool
  /// Whether nothing leaves: what was written for show counts as delivered.
  let isDryRun: Bool

  init(_ configuration: Configuration, backoff: Backoff = Backoff(), isDryRun: Bool = false, linkKey: LinkKey? = nil) {
    links = AcknowledgeLinks(configuration.server, key: linkKey)
    self.linkKey = linkKey
    product = configuration.product
    cockpit = configuration.cockpit
    showsWhy = configuration.showsWhy
    self.backoff = backoff
    self.isDryRun = isDryRun
  }

  func notice(_ leased: LeasedDelivery, delay: Notice.Delay? = nil, told: [Alert] = [], at now: Instant) -> Notice {
    let delivery = leased.delivery
    var notice = Notice(
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
      earlier: leased.earlier,
      progress: leased.progress
    )
    notice.forwardings = delivery.forwardings
    notice.delay = delay
    notice.refusal = leased.memory.refusal
    notice.isInDoubt = leased.memory.isInDoubt
    notice.told = told
    links?.add(to: &notice, madeAt: delivery.forwardings.first?.since ?? leased.createdAt)
    return notice
  }

  /// What the channel composed, with the time limit that `channels.json` gives it.
  func compose(_ notice: Notice, on channel: ConfiguredChannel) throws(Uncomposable) -> Outgoing {
    limited(try channel.channel.compose(notice), on: channel)
  }

  /// What comes after the replies so far.
  func step(_ notice: Notice, after replies: [Reply], on channel: ConfiguredChannel) -> ChannelStep {
    guard isDryRun else {
      switch channel.channel.step(notice, after: replies) {
      case .ask(let outgoing): return .ask(limited(outgoing, on: channel))
      case .settle(let verdict): return .settle(verdict.redacted(by: channel.redaction))
      }
    }
    guard case .failed(let failure)? = replies.last else { return .settle(.delivered(Receipt())) }
    return .settle(.rejected(.operator, because: Verdict.Reason(failure.kind.rawValue, failure.message)))
  }

  private func limited(_ outgoing: Outgoing, on channel: ConfiguredChannel) -> Outgoing {
    channel.common.timeout.map { outgoing.limited(to: $0) } ?? outgoing
  }

  /// What a verdict means for the delivery: `fallback` tells what this channel cannot, and `random`, a number in 0 ..< 1, is
  /// for the backoff's jitter.
  func settle(
    _ leased: LeasedDelivery,
    _ verdict: Verdict,
    fallback: Fallback?,
    at now: Instant,
    random: Double
  ) -> Attempt {
    var memory = leased.memory
    memory.isInDoubt = false
    let retry = Retry(rules: self, leased: leased, fallback: fallback, now: now, random: random)
    let result: Settlement.Result
    let reason = verdict.failure ?? Verdict.Reason("", "")
    switch verdict {
    case .delivered(let receipt): result = .delivered(receipt)
    case .partial(let receipt, _, let isWorthwhile):
      result = retry.rest(isWorthwhile, after: receipt, because: reason)
    case .retry(let asked, _): result = retry.again(after: asked, because: reason, memory)
    case .ambiguous:
      memory.isInDoubt = true
      result = retry.again(after: nil, because: reason, memory)
    // What only the operator can mend is kept and tried again: it may be mended before its time is up.
    case .rejected(.operator, _): result = retry.again(after: nil, because: reason, memory)
    case .rejected(.payload, _):
      // Once more in its plainest form: a page is not lost because a service dislikes how it looks.
      if memory.refusal == nil {
        memory.refusal = reason
        result = .retry(at: now, because: reason, memory: memory)
      } else {
        result = retry.giveUp(because: reason)
      }
    case .rejected(.target, _): result = retry.giveUp(because: reason)
    }
    let settlement = Settlement(id: leased.delivery.id, token: leased.token, result: result)
    return Attempt(leased: leased, verdict: verdict, settlement: settlement)
  }
}

/// The channel that tells what another cannot.
struct Fallback: Sendable {
  var channel: ChannelName
  /// Whether the other one is known to fail, so that what is critical goes there at once.
  var isWanted: Bool
}

extension NewDelivery {
  /// Whether it was not there yet: the alarm of a channel may be told by one whose fallback is that very channel.
  func mayGo(to other: ChannelName) -> Bool {
    other != channel && !forwardings.contains { $0.from == other }
  }
}

/// What follows when an attempt did not succeed.
private struct Retry {
  let rules: AttemptRules
  let leased: LeasedDelivery
  let fallback: Fallback?
  let now: Instant
  let random: Double

  /// How many attempts failed: those that a process did not outlive say nothing against the channel.
  private var failures: Int { max(1, leased.attempt - leased.memory.cutOff) }

  func again(after asked: Duration?, because reason: Verdict.Reason, _ memory: AttemptMemory) -> Settlement.Result {
    let next = now + rules.backoff.wait(after: failures, asked: asked, random: random)
    // Critical alerts do not wait for a channel that is known to fail, nor for more than a minute because a server asks for it.
    let waitsTooLong = asked != nil && next - leased.triedSince > Breaker.longestAskedWait
    if let fallback, fallback.isWanted || waitsTooLong, leased.delivery.severity == .critical,
      leased.delivery.mayGo(to: fallback.channel)
    {
      return giveUp(because: reason)
    }
    let deadline = rules.backoff.deadline(of: leased.delivery.severity, triedSince: leased.triedSince)
    return next < deadline ? .retry(at: next, because: reason, memory: memory) : giveUp(because: reason)
  }

  /// Some have it: the rest is tried again where that is worthwhile and there is time.
  func rest(_ isWorthwhile: Bool, after receipt: Receipt, because reason: Verdict.Reason) -> Settlement.Result {
    let next = now + rules.backoff.wait(after: failures, asked: nil, random: random)
    let deadline = rules.backoff.deadline(of: leased.delivery.severity, triedSince: leased.triedSince)
    if isWorthwhile && next < deadline { return .partial(receipt, because: reason, retryAt: next) }
    return .partial(isWorthwhile ? receipt.givenUp : receipt, because: reason, retryAt: nil)
  }

  /// The fallback tells it, or it is a dead letter.
  ///
  /// What reached some is neither: it is delivered, and says whom it did not reach.
  /// Where the file was edited meanwhile, it may have been there before.
  func giveUp(because reason: Verdict.Reason) -> Settlement.Result {
    if let progress = leased.progress { return .partial(progress.givenUp, because: reason, retryAt: nil) }
    let delivery = leased.delivery
    guard let fallback, delivery.mayGo(to: fallback.channel) else { return .dead(because: reason) }
    let successor = delivery.forwarded(to: fallback.channel, because: reason, since: leased.createdAt, at: now)
    return .forwarded(successor, because: reason, wasAttempted: true)
  }
}
