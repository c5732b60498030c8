// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport
internal import Tracing

/// The results of one batch of deliveries.
struct BatchOutcome: Sendable {
  /// The deliveries that were sent.
  var verdicts: [(leased: LeasedDelivery, verdict: Verdict)] = []
  /// The deliveries that could not be composed.
  var unsent: [(leased: LeasedDelivery, verdict: Verdict)] = []
  var released: [LeasedDelivery] = []
  /// The deliveries that another channel must send, because it sent the start of the alert.
  var moved: [(leased: LeasedDelivery, to: NewDelivery)] = []
  /// Whether it consists of lines for a file.
  var isBatched = false
  /// The open span of each delivery that was sent, with tracing on.
  var spans: [DeliveryID: any Span] = [:]
}

extension Dispatcher {
  nonisolated func send(
    _ batch: [LeasedDelivery],
    on channel: ConfiguredChannel,
    _ rules: AttemptRules
  ) async -> BatchOutcome {
    var outcome = BatchOutcome()
    var waiting: [(leased: LeasedDelivery, delay: Notice.Delay?, told: [Alert])] = []
    for leased in batch {
      if let moved = await continuation(of: leased, at: time.now()) {
        outcome.moved.append((leased, moved))
      } else {
        waiting.append((leased, await delay(of: leased, at: time.now()), await told(before: leased)))
      }
    }
    // From here on nothing waits: whether a lease lasts is checked when the attempt starts.
    var ready: [(leased: LeasedDelivery, notice: Notice, outgoing: Outgoing)] = []
    let (now, begun) = (time.now(), time.elapsed())
    for (leased, delay, told) in waiting {
      let notice = rules.notice(leased, delay: delay, told: told, at: now)
      do throws(Uncomposable) {
        let outgoing = try rules.compose(notice, on: channel)
        // If a lease could end before the attempt does, another process could attempt it too.
        if leased.leasedUntil < now + outgoing.longest {
          outcome.released.append(leased)
        } else {
          let span = reporter.instruments.attempt(at: leased, on: channel)
          outcome.spans[leased.delivery.id] = span
          ready.append((leased, notice, reporter.instruments.traced(outgoing, by: span)))
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

  /// The attempt for a verdict; `isFailing` means that the channel's circuit is not closed.
  func judged(
    _ leased: LeasedDelivery,
    _ verdict: Verdict,
    on channel: ConfiguredChannel,
    isFailing: Bool
  ) -> Attempt {
    let fallback = channel.common.fallback.map { Fallback(channel: $0.value, isWanted: isFailing) }
    return rules.settle(leased, verdict, fallback: fallback, at: time.now(), random: random())
  }

  /// Turns deliveries for channels that are no longer in the file into visible dead letters.
  func buryOrphans() async throws {
    let gone = try await ledger.backlog().channels.filter { channels[$0.key] == nil && $0.value.pending > 0 }
    guard !gone.isEmpty else { return }
    while true {
      let leased = try await ledger.claim(LeaseTerms(count: 256, duration: Dispatcher.lease), channels: Set(gone.keys))
      guard !leased.isEmpty else { return }
      let reason = Verdict.Reason("no_such_channel", "the channel is no longer in channels.json")
      let attempts = leased.map {
        rules.settle($0, .rejected(.target, because: reason), fallback: nil, at: time.now(), random: 0)
      }
      await write(attempts.map { .judged($0) })
    }
  }
}
