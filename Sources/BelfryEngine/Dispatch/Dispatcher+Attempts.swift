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
    var waiting: [(leased: LeasedDelivery, delay: Notice.Delay?, alreadySent: [Alert])] = []
    for leased in batch {
      if let moved = await continuation(of: leased, at: time.now()) {
        outcome.moved.append((leased, moved))
      } else {
        waiting.append((leased, await delay(of: leased, at: time.now()), await alreadySent(before: leased)))
      }
    }
    // From here on nothing waits: whether a lease lasts is checked when the attempt starts.
    var ready: [(leased: LeasedDelivery, notice: Notice, outgoing: Outgoing)] = []
    let (now, begun) = (time.now(), time.elapsed())
    for (leased, delay, alreadySent) in waiting {
      let notice = rules.notice(leased, delay: delay, alreadySent: alreadySent, at: now)
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

// MARK: - What a message says besides its alerts

extension Dispatcher {
  /// The delay from which readers wonder why a message is late.
  private static let noticeableDelay = Duration.seconds(60)
  /// The most earlier messages of a group that are combined into the edited one.
  private static let longestThread = 32

  /// How long a delivery waited, and why; nil if it was not delayed.
  nonisolated func delay(of leased: LeasedDelivery, at now: Instant) async -> Notice.Delay? {
    let since = leased.delivery.forwardings.first?.since ?? leased.createdAt
    guard now - since > Dispatcher.noticeableDelay else { return nil }
    return Notice.Delay(now - since, because: await cause(ofDelay: leased))
  }

  private func cause(ofDelay leased: LeasedDelivery) -> String {
    if leased.triedSince > leased.createdAt { return "it was a dead letter and was retried manually" }
    if let reason = leased.lastReason { return "\(failed(leased.attempt - 1)), most recently: \(reason.clause)" }
    if let failure = leased.delivery.forwardings.last { return "it was first sent to \(failure.from)" }
    if leased.createdAt < start { return "Belfry was not running" }
    if let trouble = queues[leased.delivery.channel]?.lastTrouble { return "the channel failed: \(trouble.clause)" }
    let rate = channels[leased.delivery.channel]?.rate
    return rate.map { "the channel is limited to \($0.words), and other messages went first" }
      ?? "other messages went first"
  }

  private func failed(_ attempts: Int) -> String {
    attempts == 1 ? "1 attempt failed" : "\(max(1, attempts)) attempts failed"
  }

  /// The alerts in earlier messages of the same group or burst, with their status after this one.
  nonisolated func alreadySent(before leased: LeasedDelivery) async -> [Alert] {
    guard leased.delivery.content.isCollective, var id = leased.delivery.follows.last else { return [] }
    // For each alert the latest message about it, which is the most current; nil for an alert reported as resolved.
    var alerts: [AlertKey: Alert?] = [:]
    for alert in leased.delivery.content.alerts { alerts.updateValue(nil, forKey: alert.key) }
    var seen: Set<DeliveryID> = []
    do {
      while seen.count < Dispatcher.longestThread, seen.insert(id).inserted, let record = try await ledger.delivery(id)
      {
        for alert in record.delivery.content.alerts where alerts[alert.key] == nil {
          let isOver = record.delivery.flags[alert.key]?.isResolved == true
          alerts.updateValue(isOver ? nil : alert, forKey: alert.key)
        }
        guard let earlier = record.delivery.follows.last else { break }
        id = earlier
      }
    } catch {
      // Without them the message is still correct, only shorter.
      reporter.ledgerFailed(error)
    }
    return alerts.values.compactMap(\.self).sorted { ($0.severity, $0.key) < ($1.severity, $1.key) }
  }
}

extension Notice.Content {
  /// Whether such messages grow: later ones belong together with earlier ones.
  fileprivate var isCollective: Bool {
    switch self {
    case .group, .burst: true
    default: false
    }
  }
}

/// What to record in the ledger about a leased delivery.
enum Conclusion: Sendable {
  /// The reply was judged, or nothing could be composed.
  case judged(Attempt)
  /// It was not attempted, and waits for its turn again.
  case released(LeasedDelivery)
  /// It was not attempted, and another channel delivers it.
  case moved(LeasedDelivery, to: NewDelivery)

  var settlement: Settlement {
    switch self {
    case .judged(let attempt): attempt.settlement
    case .released(let leased): Settlement(id: leased.delivery.id, token: leased.token, result: .released)
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
    case .released(let leased), .moved(let leased, _): leased
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
      return .judged(Attempt(leased: leased, verdict: attempt.verdict, settlement: settlement, trace: attempt.trace))
    case .released: return .released(leased)
    case .moved(_, let successor): return .moved(leased, to: successor)
    }
  }
}

/// Finished attempts that are not recorded yet.
struct Outbox {
  var conclusions: [Conclusion] = []
  /// The number of attempts of each channel in it.
  var attempts: [ChannelName: Int] = [:]
  /// Whether a task is recording earlier conclusions.
  var isBeingWritten = false

  mutating func take() -> (conclusions: [Conclusion], attempts: [ChannelName: Int]) {
    defer { (conclusions, attempts) = ([], [:]) }
    return (conclusions, attempts)
  }
}

extension Dispatcher {
  /// Records the result of an attempt, together with all others that end while the ledger is busy.
  ///
  /// If no task is recording, the caller records for all, so there is one call of the ledger at a time, however many
  /// attempts there are.
  func conclude(_ conclusions: [Conclusion], of channel: ChannelName) async {
    outbox.conclusions += conclusions
    outbox.attempts[channel, default: 0] += 1
    guard !outbox.isBeingWritten else { return }
    outbox.isBeingWritten = true
    while !outbox.attempts.isEmpty {
      let taken = outbox.take()
      await writeHeld(taken.conclusions)
      for (channel, count) in taken.attempts { queues[channel]?.settled(count) }
      wake()
    }
    outbox.isBeingWritten = false
  }

  /// Records the conclusions of this dispatcher's deliveries, and releases them.
  ///
  /// If a lease ended in the meantime, for example because the disk was stuck, and its delivery was leased again, it is
  /// not attempted again but recorded with the new lease.
  func writeHeld(_ conclusions: [Conclusion]) async {
    var offered = conclusions.map(latest)
    while !offered.isEmpty {
      let refused = Dictionary(uniqueKeysWithValues: await offer(offered).map { ($0.leased.delivery.id, $0) })
      for conclusion in offered where refused[conclusion.leased.delivery.id] == nil { letGo(conclusion) }
      let isRenewed = { (conclusion: Conclusion) in
        self.latest(conclusion).leased.token != conclusion.leased.token
      }
      let over = offered.filter { refused[$0.leased.delivery.id] != nil && !isRenewed($0) }
      report(over, wasTaken: false)
      for conclusion in over { letGo(conclusion) }
      offered = offered.filter { refused[$0.leased.delivery.id].map(isRenewed) ?? false }.map(latest)
    }
  }

  /// Releases the delivery; requeues it if it was leased again after it was recorded.
  private func letGo(_ conclusion: Conclusion) {
    guard let newer = held.end(conclusion.leased.delivery.id, settledUnder: conclusion.leased.token) else { return }
    queues[newer.delivery.channel]?.add(taken([newer]))
  }

  /// Records conclusions that only the caller holds.
  nonisolated func write(_ conclusions: [Conclusion]) async {
    report(await offer(conclusions), wasTaken: false)
  }

  /// Records the conclusions, retrying as often as necessary: a lost verdict would cause a duplicate message.
  ///
  /// - Returns: those that the ledger refused because the delivery was leased again.
  private nonisolated func offer(_ conclusions: [Conclusion]) async -> [Conclusion] {
    let end = time.elapsed() + Dispatcher.lease
    var (left, refused) = (conclusions, [Conclusion]())
    while !left.isEmpty {
      let traces = left.compactMap(\.trace)
      let settle = { (settlements: [Settlement]) in try await self.settle(settlements, of: traces) }
      let tried = await Dispatcher.leftover(of: left, settle: settle) { written, taken in
        report(zip(written, taken).filter(\.1).map(\.0), wasTaken: true)
        refused += zip(written, taken).filter { !$0.1 }.map(\.0)
      }
      left = tried.conclusions
      if let error = tried.error { reporter.ledgerFailed(error) }
      guard !left.isEmpty, time.elapsed() < end, !Task.isCancelled else { break }
      // Cancelled while waiting: the lease expires and the delivery is attempted again.
      do { try await time.sleep(for: .seconds(1)) } catch { break }
    }
    return refused
  }

  private nonisolated func settle(
    _ settlements: [Settlement],
    of traces: [InstrumentationContext]
  ) async throws -> [Bool] {
    try await reporter.instruments.timed(.settle, on: time, of: traces) { try await ledger.settle(settlements) }
  }

  /// Tries once to record the conclusions, all at once, or one by one if that fails: one of them must not block the
  /// others.
  ///
  /// - Returns: those that the ledger did not accept, and the reason for the last of them.
  static func leftover(
    of conclusions: [Conclusion],
    settle: ([Settlement]) async throws -> [Bool],
    report: ([Conclusion], [Bool]) -> Void
  ) async -> (conclusions: [Conclusion], error: (any Error)?) {
    do {
      report(conclusions, try await settle(conclusions.map(\.settlement)))
      return ([], nil)
    } catch {
      guard conclusions.count > 1 else { return (conclusions, error) }
    }
    var left: (conclusions: [Conclusion], error: (any Error)?) = ([], nil)
    for one in conclusions {
      do { report([one], try await settle([one.settlement])) } catch {
        left.conclusions.append(one)
        left.error = error
      }
    }
    return left
  }

  private nonisolated func report(_ conclusions: [Conclusion], wasTaken: Bool) {
    var attempts: [(attempt: Attempt, wasTaken: Bool)] = []
    for conclusion in conclusions {
      switch conclusion {
      case .judged(let attempt): attempts.append((attempt, wasTaken))
      case .moved(let leased, let other) where wasTaken: reporter.forwarded(leased.delivery, to: other)
      case .released, .moved: break
      }
    }
    if !attempts.isEmpty { reporter.settled(attempts) }
  }
}
