// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport

/// Turns leased deliveries into requests, and replies into settlements: every decision that needs no side effects.
struct AttemptRules: Sendable {
  let product: String
  let cockpit: String
  let backoff: Backoff
  /// Nil if messages contain no acknowledgement links.
  let links: AcknowledgeLinks?
  /// The key that signs such links; kept when the configuration changes.
  let linkKey: LinkKey?
  let templates: MessageTemplates
  /// Whether messages state why they were sent.
  let showsWhy: Bool
  /// Whether nothing is sent: what a dry run writes counts as delivered.
  let isDryRun: Bool

  init(_ configuration: Configuration, backoff: Backoff = Backoff(), isDryRun: Bool = false, linkKey: LinkKey? = nil) {
    links = AcknowledgeLinks(configuration.server, key: linkKey)
    self.linkKey = linkKey
    product = configuration.product
    cockpit = configuration.cockpit
    templates = MessageTemplates(configuration)
    showsWhy = configuration.showsWhy
    self.backoff = backoff
    self.isDryRun = isDryRun
  }

  func notice(_ leased: LeasedDelivery, delay: Notice.Delay? = nil, at now: Instant) -> Notice {
    let delivery = leased.delivery
    var notice = Notice(
      delivery: delivery.id,
      channel: delivery.channel,
      content: delivery.content,
      flags: delivery.flags,
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
    notice.group = delivery.group
    notice.delay = delay
    notice.refusal = leased.memory.refusal
    notice.isInDoubt = leased.memory.isInDoubt
    notice.alreadySent = leased.alreadySent
    links?.add(to: &notice, madeAt: delivery.forwardings.first?.since ?? leased.createdAt)
    templates.fill(&notice, sentBy: delivery.routeIdentity)
    return notice
  }

  /// The request composed by the channel, with the time limit from `channels.json`.
  ///
  /// - Throws: for whatever reason the channel cannot compose it. An empty required secret is the operator's failure,
  ///   whatever the channel makes of it.
  func compose(_ notice: Notice, on channel: ConfiguredChannel) throws(Uncomposable) -> Outgoing {
    let outgoing: Outgoing
    do throws(Uncomposable) {
      outgoing = try channel.channel.compose(notice)
    } catch {
      var error = error
      if channel.gap != nil { error.rejection = .operator }
      throw error
    }
    if let gap = channel.gap { throw gap }
    return limited(outgoing, on: channel)
  }

  /// The next step after the replies so far.
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

  /// The settlement for a verdict; `fallback` delivers what this channel cannot, and `random`, a number in 0 ..< 1,
  /// adds jitter to the backoff.
  func settle(
    _ leased: LeasedDelivery,
    _ verdict: Verdict,
    fallback: Fallback?,
    at now: Instant,
    random: Double
  ) -> Attempt {
    var memory = leased.memory
    memory.mayHaveArrived = memory.mayHaveArrived || memory.isInDoubt
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
      (memory.isInDoubt, memory.mayHaveArrived) = (true, true)
      result = retry.again(after: nil, because: reason, memory)
    // What only the operator can fix is kept and retried: it may be fixed before its time is up.
    case .rejected(.operator, _): result = retry.again(after: nil, because: reason, memory)
    case .rejected(.payload, _):
      // Retry in the plainest form: a page must not be lost because a service rejects its formatting.
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

/// The channel that delivers what another cannot.
struct Fallback: Sendable {
  var channel: ChannelName
  /// Whether the other channel is known to be failing, so that critical deliveries go to the fallback at once.
  var isWanted: Bool
}

extension NewDelivery {
  /// Whether the delivery has not been on that channel yet: the alarm about a channel may be on one whose fallback is
  /// that very channel.
  func mayGo(to other: ChannelName) -> Bool {
    other != channel && !forwardings.contains { $0.from == other }
  }
}

/// What follows a failed attempt.
private struct Retry {
  let rules: AttemptRules
  let leased: LeasedDelivery
  let fallback: Fallback?
  let now: Instant
  let random: Double

  /// The number of failed attempts; attempts that ended with their process do not count against the channel.
  private var failures: Int { max(1, leased.attempt - leased.memory.cutOff) }

  func again(after asked: Duration?, because reason: Verdict.Reason, _ memory: AttemptMemory) -> Settlement.Result {
    let next = now + rules.backoff.wait(after: failures, asked: asked, random: random)
    // Critical alerts do not wait for a channel that is known to be failing, nor more than a minute because a server
    // asks for it.
    let waitsTooLong = asked != nil && next - leased.triedSince > Breaker.longestAskedWait
    if let fallback, fallback.isWanted || waitsTooLong, leased.delivery.severity.isCritical,
      leased.delivery.mayGo(to: fallback.channel)
    {
      return giveUp(because: reason)
    }
    guard let next = withinBudget(next) else { return giveUp(because: reason) }
    return .retry(at: next, because: reason, memory: memory)
  }

  /// The moment of the next attempt: the last one is shortly before the end of the budget; nil if that is over.
  private func withinBudget(_ next: Instant) -> Instant? {
    let deadline = rules.backoff.deadline(of: leased.delivery.severity, triedSince: leased.triedSince)
    let last = deadline - Backoff.lastChance
    return next <= last ? next : now < last ? last : nil
  }

  /// Some recipients got it: retries the rest if that is useful and there is time.
  func rest(_ isWorthwhile: Bool, after receipt: Receipt, because reason: Verdict.Reason) -> Settlement.Result {
    let next = now + rules.backoff.wait(after: failures, asked: nil, random: random)
    if isWorthwhile, let next = withinBudget(next) { return .partial(receipt, because: reason, retryAt: next) }
    return .partial(isWorthwhile ? receipt.givenUp : receipt, because: reason, retryAt: nil)
  }

  /// Forwards it to the fallback, or makes it a dead letter.
  ///
  /// A delivery that reached some recipients is neither: it counts as delivered, and lists those it did not reach. If
  /// `channels.json` was edited in the meantime, it may have been on the fallback before.
  func giveUp(because reason: Verdict.Reason) -> Settlement.Result {
    if let progress = leased.progress { return .partial(progress.givenUp, because: reason, retryAt: nil) }
    let delivery = leased.delivery
    guard let fallback, delivery.mayGo(to: fallback.channel) else { return .dead(because: reason) }
    let successor = delivery.forwarded(to: fallback.channel, because: reason, since: leased.createdAt, at: now)
    return .forwarded(successor, because: reason, wasAttempted: true)
  }
}
