// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy
package import BelfryTransport
internal import ServiceLifecycle
internal import Tracing

/// The cycle: reads the sources, has changes decided and stored, and hands due deliveries to the dispatcher.
package struct Notifier: Sendable {
  private let ledger: any DecisionStore & Notes & LedgerHealth
  /// The policy, which is replaced with the configuration.
  package let policy: CurrentValue<Policy>
  private let dispatcher: Dispatcher
  private let time: any TimeSource
  private let console: Console
  private let vitals: Vitals
  private let instruments: Instruments
  private let signal: Wakeup
  private let changes: ChangeBroadcast
  private let direct: DirectAlarm?
  private let polling: Polling
  private let between = CycleRequests()
  private let stopping = StopFlag()
  private let clock: FollowedClock
  private let limit = FailureLimit()

  /// The most events in one transaction if no rule counts within a batch.
  private static let slice = 1_000
  /// How long the notifier assumes that no other process set a timer in the ledger.
  private static let patience = Duration.seconds(5)

  package init(
    ledger: any DecisionStore & Notes & LedgerHealth,
    policy: Policy,
    dispatcher: Dispatcher,
    time: any TimeSource,
    console: Console,
    vitals: Vitals? = nil,
    wakeup: Wakeup = Wakeup(),
    instruments: Instruments = Instruments(),
    changes: ChangeBroadcast = ChangeBroadcast(),
    direct: DirectAlarm? = nil,
    polling: Polling = Polling()
  ) {
    self.direct = direct
    self.polling = polling
    self.changes = changes
    self.instruments = instruments
    self.ledger = ledger
    self.policy = CurrentValue(policy)
    self.dispatcher = dispatcher
    self.time = time
    self.console = console
    self.vitals = vitals ?? Vitals(from: time.elapsed())
    self.signal = wakeup
    self.clock = FollowedClock(time)
  }

  /// Runs cycles until it is asked to stop.
  package func run(_ watches: [SourceWatch], alarms: ChannelAlarms) async {
    await withGracefulShutdownHandler {
      var watches = watches
      var notes = SourceNotes()
      var alarms = alarms
      var isFirst = true
      var clock = ClockWatch(now: time.now(), elapsed: time.elapsed())
      while !stopping.isRaised && !Task.isCancelled {
        if let step = clock.step(now: time.now(), elapsed: time.elapsed()) {
          for index in watches.indices { watches[index].follow(step) }
        }
        await between.run(&watches)
        var isWell = await checkLedger()
        isWell = await attempt { try await notifyAboutDamage(&alarms.damage) } && isWell
        isWell = await attempt { try await notifyAboutChannels(&alarms) } && isWell
        isWell = await attempt { try await fireTimers() } && isWell
        isWell =
          await attempt {
            let report = try await cycle(&watches)
            if isFirst || report?.isQuiet == false { console.say(report) }
            isFirst = false
            vitals.beat(.cycle, at: time.elapsed())
          } && isWell
        isWell = await attempt { try await note(watches, &notes) } && isWell
        let pause = await pause(watches)
        // What failed is still due: retrying at once would loop.
        await signal.wait(atMost: isWell ? pause : max(pause, .seconds(1)), on: time)
      }
      between.end()
    } onGracefulShutdown: {
      stopping.raise()
      signal.raise()
    }
  }

  /// Replaces the sources between two cycles, and returns when that is done.
  ///
  /// - Throws: the error of `work`, in which case nothing has changed; `CancellationError` if the notifier stops first.
  package func exchange(_ work: @escaping @Sendable ([SourceWatch]) async throws -> [SourceWatch]) async throws {
    try await between.ask(wake: signal, work)
  }

  /// Runs `body`; if the ledger rejects it, the next cycle tries again, because nothing was changed.
  ///
  /// - Returns: whether it succeeded.
  private func attempt(_ body: () async throws -> Void) async -> Bool {
    do {
      try await body()
      return true
    } catch {
      let text = "ledger: \(error); retrying at the next cycle"
      console.fail(text, within: limit, at: time.now(), .topic(.ledger), .error(error))
      return false
    }
  }

  /// Checks that writes would be kept, and tries one if the last write failed: there may be no other write for a long
  /// time.
  ///
  /// - Returns: whether they are kept.
  private func checkLedger() async -> Bool {
    guard let trouble = await ledger.trouble() else {
      // A push may have been stored before this was tried again.
      if vitals.ledgerRecovered() { console.say("ledger: can be written again", .topic(.ledger)) }
      return true
    }
    vitals.note("\(trouble)", of: .ledger)
    console.fail("ledger: \(trouble)", within: limit, at: time.now(), .topic(.ledger), .error(trouble))
    if let direct { await direct.notify(about: trouble) }
    let isWritten = await attempt { try await ledger.note(marks: ["ledger.written": time.now().iso8601]) }
    guard isWritten, await ledger.trouble() == nil else { return false }
    _ = vitals.ledgerRecovered()
    console.say("ledger: can be written again", .topic(.ledger))
    return true
  }

  /// Raises or resolves the alert about a damaged ledger.
  package func notifyAboutDamage(_ alarm: inout DamageAlarm) async throws {
    var judged = alarm
    let damage = try await ledger.publishDamage()
    let events = judged.judge(damage, at: time.now())
    guard !events.isEmpty else { return }
    for text in damage.map(\.text).sorted() {
      console.fail("ledger: damaged: \(text)", within: limit, at: time.now(), .topic(.ledger))
    }
    try await ingest(events)
    alarm = judged
  }

  /// Reads each due source once, and has the changes decided.
  ///
  /// - Returns: nil if no source was due.
  package func cycle(_ watches: inout [SourceWatch]) async throws -> CycleReport? {
    let now = time.now()
    let due = watches.indices.filter { watches[$0].isDue(at: now) }
    guard !due.isEmpty else { return nil }
    return try await instruments.span("cycle") { span in
      let report = try await cycle(&watches, due, now)
      span?.updateAttributes { attributes in
        attributes["belfry.sources"] = due.count
        attributes["belfry.active"] = report.active
        attributes["belfry.new"] = report.newlyFiring
        attributes["belfry.resolved"] = report.newlyResolved
      }
      return report
    }
  }

  private func cycle(_ watches: inout [SourceWatch], _ due: [Int], _ now: Instant) async throws -> CycleReport {
    // The ledger must have stored the changes before the watches may forget them.
    var seen = watches
    var events: [Event] = []
    for (index, poll) in await self.poll(due.map { (index: $0, watch: watches[$0]) }, now) {
      let (name, observation) = (seen[index].source.name, poll.observation)
      instruments.read(name, isGood: observation.isGood)
      polling.request(observation.investigations, of: name, at: now)
      let change = seen[index].take(poll, at: now)
      console.say(change.remarks, of: name, areGood: observation.isGood)
      events += change.events
    }
    var report = CycleReport(active: seen.reduce(0) { $0 + $1.active.count })
    report.count(events)
    try await ingest(events, &report)
    watches = seen
    return report
  }

  /// Raises or resolves the alerts about failing channels.
  package func notifyAboutChannels(_ alarms: inout ChannelAlarms) async throws {
    var judged = alarms
    let events = judged.judge(dispatcher.circuits)
    guard !events.isEmpty else { return }
    try await ingest(events)
    alarms = judged
  }

  /// Records the state of the sources, if it has changed or is old.
  package func note(_ watches: [SourceWatch], _ notes: inout SourceNotes) async throws {
    var noted = notes
    guard let new = noted.next(watches, at: time.now()) else { return }
    try await ledger.note(sources: new)
    changes.raise()
    notes = noted
  }

  private func poll(_ due: [(index: Int, watch: SourceWatch)], _ now: Instant) async -> [(Int, SourceWatch.Poll)] {
    await withTaskGroup(of: (Int, SourceWatch.Poll).self) { group in
      for (index, watch) in due { group.addTask { (index, await poll(watch, now)) } }
      var polls: [(Int, SourceWatch.Poll)] = []
      for await poll in group { polls.append(poll) }
      return polls.sorted { $0.0 < $1.0 }
    }
  }

  private func poll(_ watch: SourceWatch, _ now: Instant) async -> SourceWatch.Poll {
    await instruments.span("read source") { span in
      let poll = await watch.poll(polling.context(at: now))
      span?.attributes["belfry.source"] = watch.source.name.name
      if let trouble = poll.observation.trouble { span?.setStatus(SpanStatus(code: .error, message: trouble)) }
      return poll
    }
  }

  /// Has events from outside of a cycle decided and stored, and hands over the leased deliveries.
  package func ingest(_ events: [Event]) async throws {
    var report = CycleReport(active: 0)
    try await ingest(events, &report)
  }

  /// The same, and counts the decisions.
  package func ingest(_ events: [Event], _ report: inout CycleReport) async throws {
    var rest = events[...]
    while !rest.isEmpty {
      let ingested = try await policy.use { policy in
        let slice = Array(rest.prefix(policy.isSeparable ? Notifier.slice : max(1, events.count)))
        rest = rest.dropFirst(slice.count)
        try await clock.follow(policy, ledger, on: time)
        let ingested = try await instruments.timed(.ingest, on: time) {
          try await dispatcher.ingest(slice, policy: instruments.observed(policy))
        }
        instruments.brought(ingested)
        return ingested
      }
      report.count(ingested.decisions)
      announce(ingested)
    }
  }

  /// Fires all due timers, some in each transaction.
  ///
  /// - Throws: if a due one does not fire, as in a damaged file: trying again would never end.
  package func fireTimers() async throws {
    try await policy.use { try await clock.follow($0, ledger, on: time) }
    var unfired: Instant?
    while !stopping.isRaised, let due = try await ledger.nextTimer(), due <= time.now() {
      if due == unfired { throw UnfiredTimer(due: due) }
      let fired = try await fire(only: nil)
      unfired = fired == 0 ? due : nil
    }
  }

  /// Fires these timers at once, due or not.
  package func fire(_ timers: [TimerKey]) async throws {
    try await policy.use { try await clock.follow($0, ledger, on: time) }
    _ = try await fire(only: timers)
  }

  /// - Returns: how many timers fired.
  private func fire(only timers: [TimerKey]?) async throws -> Int {
    try await instruments.span("fire timers") { _ in
      let ingested = try await policy.use { policy in
        let ingested = try await instruments.timed(.fire, on: time) {
          try await dispatcher.fire(only: timers, policy: instruments.observed(policy))
        }
        instruments.brought(ingested)
        return ingested
      }
      announce(ingested)
      return ingested.fired
    }
  }

  private struct UnfiredTimer: Error, CustomStringConvertible {
    var due: Instant
    var description: String {
      "a timer that was due at \(due.iso8601) cannot run: the ledger file is damaged. Check it with `belfry audit verify`."
    }
  }

  private func announce(_ ingested: Ingested) {
    for recorded in ingested.decisions {
      instruments.decided(recorded.decision)
      console.say(recorded)
    }
    changes.raise()
  }

  private func pause(_ watches: [SourceWatch]) async -> Duration {
    let now = time.now()
    let nextPoll = watches.map(\.due).min() ?? now + Notifier.patience
    let until = min(nextPoll, now + Notifier.patience)
    do {
      let timer = try await ledger.nextTimer()
      return max(.milliseconds(1), min(until, timer ?? until) - now)
    } catch {
      return .seconds(1)
    }
  }
}

extension Decision {
  /// The decision as one line: the result, the alert, the channels or the end of the hold, the reason, and the rule.
  package func text(at now: Instant) -> String {
    let what: String =
      switch outcome {
      case .notify(let channels): "notify \(severity) \(alert) → \(channels.map(\.name).joined(separator: ", "))"
      case .hold(let until?): "hold \(severity) \(alert) for \(max(.zero, until - now).text)"
      case .hold(nil): "hold \(severity) \(alert)"
      case .suppress: "suppress \(severity) \(alert)"
      }
    return "\(what): \(reason) (\(rule))"
  }
}
