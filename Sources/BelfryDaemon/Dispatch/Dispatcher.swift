// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
package import BelfryTransport
internal import ServiceLifecycle

/// Delivers what the ledger holds: leases what is due, has it composed, carried out and judged, and writes each verdict back.
///
/// One channel never waits for another: each has its own lane with its own limit. What is leased is no more than can be attempted
/// before the lease ends; the rest waits in the ledger.
package actor Dispatcher {
  private let ledger: any Ledger
  private let carrier: any Carrying
  private let channels: [ChannelName: ConfiguredChannel]
  private let rules: AttemptRules
  private let time: any TimeSource
  private let reporter: DeliveryReporter
  private let vitals: Vitals
  private let random: @Sendable () -> Double
  private nonisolated let signal = Signal()
  private var lanes: [ChannelName: Lane]
  private var isStopping = false

  /// How long a lease lasts: longer than the longest attempt and the wait before it.
  package static let lease = Duration.seconds(120)
  /// How long the dispatcher trusts that nobody else wrote a delivery into the ledger.
  private static let patience = Duration.seconds(5)

  package init(
    ledger: any Ledger,
    carrier: any Carrying,
    configuration: Configuration,
    time: any TimeSource,
    reporter: DeliveryReporter,
    backoff: Backoff = Backoff(),
    isDryRun: Bool = false,
    vitals: Vitals? = nil,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.ledger = ledger
    self.carrier = carrier
    self.channels = configuration.channels
    self.rules = AttemptRules(
      product: configuration.product,
      cockpit: configuration.cockpit,
      backoff: backoff,
      showsWhy: configuration.showsWhy,
      isDryRun: isDryRun
    )
    self.time = time
    self.reporter = reporter
    self.vitals = vitals ?? Vitals(from: time.now())
    self.random = random
    self.lanes = configuration.channels.mapValues { Lane(limit: $0.common.concurrency?.value ?? 8) }
  }

  /// What a caller of the ledger may lease along with its batch, to be handed over at once.
  package nonisolated var terms: LeaseTerms { LeaseTerms(count: 16, duration: Dispatcher.lease) }

  /// Takes over deliveries that were leased as they were written.
  package func hand(_ leased: [LeasedDelivery]) {
    for delivery in leased { lanes[delivery.delivery.channel]?.add([delivery]) }
    signal.raise()
  }

  /// Says that the ledger may hold something due.
  package nonisolated func wake() { signal.raise() }

  /// Delivers until it is told to stop; then finishes what is under way and gives back what has not begun.
  package func run() async throws {
    try await buryOrphans()
    await withGracefulShutdownHandler {
      await work(untilIdle: false)
    } onGracefulShutdown: {
      self.signalStop()
    }
  }

  /// Delivers what is due now and returns when nothing is; what is to be retried later stays in the ledger.
  package func drain() async throws {
    try await buryOrphans()
    await work(untilIdle: true)
  }

  /// Delivers what was handed over, and nothing else: what more is due is for the notifier that runs.
  package func finishLeased() async {
    while lanes.values.contains(where: { !$0.queue.isEmpty }) {
      await withDiscardingTaskGroup { group in launch(in: &group) }
    }
  }

  private nonisolated func signalStop() {
    stopping.raise()
    signal.raise()
  }

  private nonisolated let stopping = Flag()

  private func work(untilIdle: Bool) async {
    await withDiscardingTaskGroup { group in
      while !stopping.isRaised && !Task.isCancelled {
        vitals.beat(.dispatcher, at: time.now())
        let found = await lease()
        launch(in: &group)
        if found { continue }
        let isIdle = lanes.values.allSatisfy { $0.underWay == 0 && $0.queue.isEmpty }
        if untilIdle && isIdle { break }
        await signal.wait(atMost: await pause(), on: time)
      }
    }
    await giveBack()
  }

  /// Leases what is due for channels that have room.
  ///
  /// - Returns: whether anything was leased.
  private func lease() async -> Bool {
    let open = lanes.filter { $0.value.room > 0 && $0.value.queue.isEmpty }.mapValues(\.room)
    guard !open.isEmpty else { return false }
    var found = false
    do {
      guard let due = try await ledger.nextDelivery(channels: Set(open.keys)), due <= time.now() else { return false }
      // In an order that is the same in every run, for the simulation's sake.
      for (channel, room) in open.sorted(by: { $0.key < $1.key }) {
        let duration = lanes[channel]?.lease ?? Dispatcher.lease
        let leased = try await ledger.claim(LeaseTerms(count: room, duration: duration), channels: [channel])
        lanes[channel]?.add(leased)
        found = found || !leased.isEmpty
      }
    } catch {
      reporter.ledgerFailed(error)
    }
    return found
  }

  /// How long there is nothing to do: until the next delivery is due on a channel that has room.
  private func pause() async -> Duration {
    let open = Set(lanes.filter { $0.value.room > 0 }.keys)
    guard !open.isEmpty else { return Dispatcher.patience }
    do {
      guard let due = try await ledger.nextDelivery(channels: open) else { return Dispatcher.patience }
      return min(Dispatcher.patience, max(.milliseconds(1), due - time.now()))
    } catch {
      return .seconds(1)
    }
  }

  private func launch(in group: inout DiscardingTaskGroup) {
    for name in lanes.keys.sorted() {
      guard let channel = channels[name] else { continue }
      while let batch = lanes[name]?.next() {
        group.addTask { await self.attempt(batch, on: channel) }
      }
    }
  }

  private func attempt(_ batch: [LeasedDelivery], on channel: ConfiguredChannel) async {
    let (attempts, released, isBatched) = await carryOut(batch, on: channel)
    await settle(attempts, released)
    lanes[channel.name]?.finished(isBatched: isBatched)
    signal.raise()
  }

  private nonisolated func carryOut(
    _ batch: [LeasedDelivery],
    on channel: ConfiguredChannel
  ) async -> (attempts: [Attempt], released: [LeasedDelivery], isBatched: Bool) {
    var attempts: [Attempt] = []
    var released: [LeasedDelivery] = []
    var ready: [(LeasedDelivery, Outgoing)] = []
    let now = time.now()
    for leased in batch {
      do throws(Uncomposable) {
        let outgoing = try rules.compose(rules.notice(leased, at: now), on: channel)
        // A lease that could end before the attempt does would be attempted by someone else too.
        if leased.leasedUntil < now + outgoing.longest {
          released.append(leased)
        } else {
          ready.append((leased, outgoing))
        }
      } catch {
        attempts.append(rules.settle(leased, .rejected(.target, because: error.reason), at: now, random: 0))
      }
    }
    let replies = await carrier.carryOut(ready.map(\.1))
    let done = time.now()
    for ((leased, _), reply) in zip(ready, replies) {
      attempts.append(rules.settle(leased, rules.judge(reply, on: channel), at: done, random: random()))
    }
    let isBatched = ready.contains { if case .append = $0.1 { true } else { false } }
    return (attempts, released, isBatched)
  }

  /// Writes the verdicts back, however often the ledger has to be asked: a verdict that is lost would be a message sent twice.
  private nonisolated func settle(_ attempts: [Attempt], _ released: [LeasedDelivery]) async {
    let settlements = attempts.map(\.settlement) + released.map(Settlement.release)
    guard !settlements.isEmpty else { return }
    let end = time.now() + Dispatcher.lease
    while true {
      do {
        let taken = try await ledger.settle(settlements)
        reporter.settled(Array(zip(attempts, taken)))
        return
      } catch {
        reporter.ledgerFailed(error)
        guard time.now() < end, !Task.isCancelled else { return }
        // Cancelled while waiting: the lease runs out and the delivery is attempted again.
        do { try await time.sleep(for: .seconds(1)) } catch { return }
      }
    }
  }

  private func giveBack() async {
    var rest: [LeasedDelivery] = []
    for name in lanes.keys { rest += lanes[name]?.drain() ?? [] }
    await settle([], rest)
  }

  /// Deliveries for channels that are no longer in the file cannot be delivered: they become dead letters, in sight.
  private func buryOrphans() async throws {
    let gone = try await ledger.summary().deliveries.filter { channels[$0.key] == nil && ($0.value[.pending] ?? 0) > 0 }
    guard !gone.isEmpty else { return }
    while true {
      let leased = try await ledger.claim(LeaseTerms(count: 256, duration: Dispatcher.lease), channels: Set(gone.keys))
      guard !leased.isEmpty else { return }
      let reason = Verdict.Reason("no_such_channel", "the channel is no longer in channels.json")
      let attempts = leased.map { rules.settle($0, .rejected(.target, because: reason), at: time.now(), random: 0) }
      await settle(attempts, [])
    }
  }
}

extension Settlement {
  fileprivate static func release(_ leased: LeasedDelivery) -> Settlement {
    Settlement(id: leased.delivery.id, token: leased.token, result: .released)
  }
}
