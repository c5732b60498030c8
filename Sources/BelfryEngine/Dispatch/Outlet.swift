// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport
internal import Tracing

/// Carries out attempts: composes, sends, and has the channel judge the replies.
struct Outlet: Sendable {
  let transport: any Transport
  let time: any TimeSource
  let instruments: Instruments
  /// When this process started: older deliveries may have waited only for that.
  let start: Instant

  /// Sends some deliveries of one channel together; `trouble` is why the channel last failed.
  func send(_ attempt: AttemptStart, trouble: Verdict.Reason?) async -> BatchOutcome {
    let (channel, rules) = (attempt.channel, attempt.rules)
    var outcome = BatchOutcome()
    var ready: [(leased: LeasedDelivery, notice: Notice, outgoing: Outgoing)] = []
    let begun = time.elapsed()
    if attempt.isProbe, let unreached = await unreached(attempt, trouble) { return unreached }
    let now = time.now()
    for leased in attempt.batch {
      let delay = MessageDelay(leased, on: channel, trouble: trouble, start: start)
      let notice = rules.notice(leased, delay: delay.notice(at: now), at: now)
      do throws(Uncomposable) {
        let outgoing = try rules.compose(notice, on: channel)
        // If a lease could end before the attempt does, another process could attempt it too.
        if leased.leasedUntil < now + outgoing.longest {
          outcome.released.append(leased)
        } else {
          let span = instruments.attempt(at: leased, on: channel)
          outcome.spans[leased.delivery.id] = span
          ready.append((leased, notice, instruments.traced(outgoing, by: span)))
        }
      } catch {
        outcome.unsent.append((leased, .rejected(error.rejection, because: error.reason)))
      }
    }
    let replies = await transport.send(ready.map(\.outgoing))
    let conversation = Conversation(rules: rules, transport: transport, time: time, channel: channel)
    for ((leased, notice, _), reply) in zip(ready, replies) {
      let verdict = await conversation.verdict(on: notice, after: reply, until: begun + (leased.leasedUntil - now))
      outcome.verdicts.append((leased, verdict))
    }
    outcome.isBatched = ready.contains { if case .append = $0.outgoing { true } else { false } }
    return outcome
  }

  /// The outcome of an attempt on a failing channel whose host cannot be reached; nil if it can, or if only the message
  /// itself shows that.
  ///
  /// The message waits as before, unless its time is up: then it counts as attempted.
  private func unreached(_ attempt: AttemptStart, _ trouble: Verdict.Reason?) async -> BatchOutcome? {
    let (channel, rules) = (attempt.channel, attempt.rules)
    guard attempt.batch.count == 1, let leased = attempt.batch.first, !rules.isDryRun,
      type(of: channel.channel).probe == .connection
    else { return nil }
    let now = time.now()
    let delay = MessageDelay(leased, on: channel, trouble: trouble, start: start)
    let notice = rules.notice(leased, delay: delay.notice(at: now), at: now)
    let outgoing: Outgoing
    do throws(Uncomposable) { outgoing = try rules.compose(notice, on: channel) } catch {
      // The attempt judges that.
      return nil
    }
    guard let failure = await transport.connect(for: outgoing) else { return nil }
    var outcome = BatchOutcome()
    if rules.backoff.isLastChance(of: leased.delivery.severity, triedSince: leased.triedSince, at: time.now()) {
      outcome.verdicts = [(leased, channel.channel.interpret(.failed(failure)).redacted(by: channel.redaction))]
    } else {
      outcome.unreached = [leased]
      outcome.unreachable = channel.channel.interpret(.failed(failure)).redacted(by: channel.redaction)
    }
    return outcome
  }
}

/// The results of one batch of deliveries.
struct BatchOutcome: Sendable {
  /// The deliveries that were sent.
  var verdicts: [(leased: LeasedDelivery, verdict: Verdict)] = []
  /// The deliveries that could not be composed.
  var unsent: [(leased: LeasedDelivery, verdict: Verdict)] = []
  var released: [LeasedDelivery] = []
  /// The deliveries that were not attempted, because the host of their channel cannot be reached, and what that says about
  /// the channel.
  var unreached: [LeasedDelivery] = []
  var unreachable: Verdict?
  /// The deliveries that another channel must send, because it sent the start of the alert.
  var moved: [LeasedDelivery] = []
  /// Whether it consists of lines for a file.
  var isBatched = false
  /// The open span of each delivery that was sent, with tracing on.
  var spans: [DeliveryID: any Span] = [:]
}

/// How long a delivery waited, and why.
private struct MessageDelay {
  private let leased: LeasedDelivery
  private let channel: ConfiguredChannel
  private let trouble: Verdict.Reason?
  private let start: Instant

  /// The delay from which readers wonder why a message is late.
  private static let noticeable = Duration.seconds(60)

  init(_ leased: LeasedDelivery, on channel: ConfiguredChannel, trouble: Verdict.Reason?, start: Instant) {
    self.leased = leased
    self.channel = channel
    self.trouble = trouble
    self.start = start
  }

  /// The delay as a message states it; nil if it was not delayed.
  func notice(at now: Instant) -> Notice.Delay? {
    let since = leased.delivery.forwardings.first?.since ?? leased.createdAt
    return now - since > Self.noticeable ? Notice.Delay(now - since, because: cause) : nil
  }

  private var cause: String {
    if leased.triedSince > leased.createdAt { return "it was a dead letter and was retried manually" }
    if let reason = leased.lastReason { return "\(failures), most recently: \(reason.clause)" }
    if let failure = leased.delivery.forwardings.last { return "it was first sent to \(failure.from)" }
    if leased.createdAt < start { return "Belfry was not running" }
    if let trouble { return "the channel failed: \(trouble.clause)" }
    return channel.rate.map { "the channel is limited to \($0.words), and other messages went first" }
      ?? "other messages went first"
  }

  private var failures: String {
    let attempts = leased.attempt - 1
    return attempts == 1 ? "1 attempt failed" : "\(max(1, attempts)) attempts failed"
  }
}
