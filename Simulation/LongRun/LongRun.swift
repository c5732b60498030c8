// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTesting
import BelfryTransport
import Foundation
import Synchronization

/// Lets a notifier with a file and an audit log work for a long time of a virtual clock, and checks that nothing of what
/// is over stays behind.
final class LongRun {
  let load: LongRunLoad
  let folder: String
  let clock: VirtualTime
  let ledger: SQLiteLedger
  let transport: CountingTransport
  private(set) var faults: [LongRunFault] = []
  private let loss: LongRunLoss?
  private var messages = ReadMessages()
  private let audit: AuditLog
  private let dispatcher: Dispatcher
  private let notifier: Notifier
  private let pruning: Pruning
  private let policy: Policy
  private var tick = 0
  private var nextPass: Instant
  private let started = ContinuousClock.now

  private init(
    _ load: LongRunLoad,
    losing loss: LongRunLoss?,
    folder: String,
    ledger: SQLiteLedger,
    clock: VirtualTime,
    _ configuration: Configuration
  ) {
    self.load = load
    self.loss = loss
    self.folder = folder
    self.ledger = ledger
    self.clock = clock
    transport = CountingTransport(isForgetful: loss == .message)
    policy = Policy(rules: configuration.rules)
    let console = Console(time: clock) { _ in }
    let log = ConfinedPath(root: folder, relative: "audit.jsonl")
    audit = AuditLog(
      rows: ChainedLog(file: log, rotation: configuration.audit.rotation, disk: Disk()),
      time: clock,
      console: console,
      ledger: ledger
    )
    dispatcher = Dispatcher(
      ledger: ledger,
      transport: transport,
      configuration: configuration,
      time: clock,
      reporter: DeliveryReporter(console: console, audit: audit, time: clock),
      random: { 0.5 }
    )
    notifier = Notifier(ledger: ledger, policy: policy, dispatcher: dispatcher, time: clock, console: console)
    pruning = Pruning(keep: load.keep, ledger: ledger, time: RestlessTime(clock: clock), console: console)
    nextPass = clock.now() + Pruning.interval
  }

  /// Runs a load, and checks that every alert is accounted for.
  ///
  /// - Parameters:
  ///   - load: What happens.
  ///   - folder: Where the ledger, the audit log and the `channels.json` are written.
  ///   - isEmptied: Whether it then waits until all history is over, and checks that no row of it is left.
  ///   - loss: What is lost on purpose; nil for nothing.
  ///   - report: Receives the figures after each twelfth of the load, and at the end.
  /// - Returns: what was found wrong, at most twenty faults; empty if nothing was.
  /// - Throws: if the notifier or its files fail.
  static func run(
    _ load: LongRunLoad,
    in folder: String,
    isEmptied: Bool,
    losing loss: LongRunLoss? = nil,
    report: (LongRunReport) -> Void = { _ in }
  ) async throws -> [LongRunFault] {
    try load.configuration.write(toFile: folder + "/channels.json", atomically: true, encoding: .utf8)
    let clock = VirtualTime(startingAt: load.start)
    let ledger = try await SQLiteLedger.open(path: folder + "/belfry.db", as: .notifier, now: { clock.now() })
    let configuration = try load.read(in: folder)
    let run = LongRun(load, losing: loss, folder: folder, ledger: ledger, clock: clock, configuration)
    try await ledger.adopt(policy: run.policy)
    try await withThrowingTaskGroup { group in
      group.addTask { [dispatcher = run.dispatcher] in try await dispatcher.run() }
      try await run.work(report)
      try await run.check()
      if isEmptied { try await run.empty() }
      group.cancelAll()
    }
    try await ledger.close()
    return run.faults
  }

  // MARK: - Time

  private func work(_ report: (LongRunReport) -> Void) async throws {
    try await ingest(load.lasting.map { .fired($0) })
    let step = max(1, load.ticks / 12)
    for _ in 0..<load.ticks {
      try await ingest(events())
      try await verify(tick - load.settled)
      try await advance()
      if tick % step == 0 { report(try await self.report()) }
    }
    for _ in 0..<load.life {
      try await ingest(ends())
      try await verify(tick - load.settled)
      try await advance()
    }
    // What waits for a digest, or for a retry, comes within a day.
    for _ in 0..<26 * 4 { try await advance(by: .seconds(900)) }
    if loss == .entry { try await loseEntry() }
    for tick in max(0, tick - load.settled)..<load.ticks { try await verify(tick) }
    report(try await self.report())
  }

  /// The ends of the alerts that fired some ticks ago, and the alerts that fire now.
  private func events() -> [Event] {
    let alerts = load.alerts(ofTick: tick)
    var events = ends() + alerts.filter { loss != .alert || $0.key != load.lost }.map { .fired($0) }
    let day = Int((clock.now() - load.start) / .seconds(86_400))
    if tick == 0 || Int((clock.now() - load.tick - load.start) / .seconds(86_400)) < day {
      events.append(.silenced(load.silence(day: day, at: clock.now())))
    }
    return events
  }

  private func ends() -> [Event] {
    let ended = tick - load.life
    return ended >= 0 && ended < load.ticks ? load.alerts(ofTick: ended).map { .resolved($0.key) } : []
  }

  private func ingest(_ events: [Event]) async throws {
    if !events.isEmpty { try await notifier.ingest(events) }
    try await deliver()
  }

  /// Fires what is due, waits until all that is due is delivered, and writes the audit log.
  private func deliver() async throws {
    try await notifier.fireTimers()
    repeat {
      dispatcher.wake()
      while dispatcher.isBusy { try await Task.sleep(for: .microseconds(200)) }
    } while try await dispatcher.nextAttempt().map { $0 <= clock.now() } ?? false
    await audit.close()
  }

  /// Passes to the next batch.
  private func advance() async throws {
    tick += 1
    try await advance(by: load.tick)
  }

  /// Lets time pass as the notifier would: with a pass over the history each hour.
  private func advance(by duration: Duration) async throws {
    clock.advance(by: duration)
    try await deliver()
    guard clock.now() >= nextPass else { return }
    nextPass = clock.now() + Pruning.interval
    _ = try await pruning.pass()
  }

  // MARK: - Losses

  /// Removes an alert from the message that contains it, which was delivered.
  private func loseEntry() async throws {
    let lost = load.lost
    guard let id = try await ledger.record(of: lost)?.notified.first?.deliveries.first else { return }
    try await ledger.loop.write(weight: 1) { transaction in
      guard var message = try transaction.delivery(id)?.delivery, case .digest(let name, let alerts) = message.content
      else { return }
      message.content = .digest(name: name, alerts.filter { $0.key != lost })
      try transaction.rewrite(message, sayingEndsOf: [])
    }
  }

  // MARK: - Checks

  private func note(_ fault: LongRunFault) { if faults.count < 20 { faults.append(fault) } }

  /// Checks that each alert of a tick that is over was sent, or that a decision says why not.
  private func verify(_ tick: Int) async throws {
    guard tick >= 0, tick < load.ticks else { return }
    let keys = load.alerts(ofTick: tick).map(\.key)
    let known = try await ledger.records(of: keys)
    let decisions = try await messages.read(known, from: ledger)
    for key in keys {
      guard let record = known[key] else {
        note(.unknown(key))
        continue
      }
      // One that fires again may be active.
      if LongRunLoad.firesAgain(key) { continue }
      if record.isActive || !record.waits.isEmpty { note(.notEnded(key)) }
      if let faults = messages.faults(of: record) {
        faults.forEach(note)
      } else if decisions[key]?.last?.decision.outcome != .suppress {
        note(.unexplained(key))
      }
    }
  }

  /// Checks the accounting of the whole ledger, what arrived, and the audit log.
  private func check() async throws {
    var accounting = AccountingAudit()
    var last: AlertKey?
    while true {
      let facts = try await ledger.facts(after: last, limit: 5_000)
      accounting.take(facts)
      guard let next = facts.alerts.last?.key else { break }
      last = next
    }
    let health = try await ledger.channelHealth()
    accounting.take(health, at: clock.now())
    for one in accounting.offenders { note(.unaccounted(one)) }
    for (channel, until) in accounting.stuck { note(.stuck(channel, until: until)) }
    let delivered = health.values.reduce(0) { $0 + $1.counts[.delivered, default: 0] }
    if delivered != transport.accepted { note(.arrived(transport.accepted, delivered: delivered)) }
    let open = health.values.reduce(0) { $0 + $1.counts[.pending, default: 0] + $1.counts[.dead, default: 0] }
    if open != 0 { note(.open(open)) }
    let fired = try await ledger.hours(since: load.start).reduce(0) { $0 + $1.fired }
    // Hours are kept for a year.
    let all = load.ticks * LongRunLoad.batch + load.active
    if fired != all, load.length < .seconds(360 * 86_400) { note(.fired(fired, pushed: all)) }
    if messages.entries > 4 * all { note(.rereads(entries: messages.entries, alerts: all)) }
    if accounting.active != load.active { note(.active(accounting.active)) }
    try await checkAudit()
  }

  private func checkAudit() async throws {
    let trail = try await AuditTrail.read(folder + "/audit.jsonl", beside: ledger)
    if !trail.isGood || trail.lost > 0 {
      let (missing, surplus) = (trail.attempts.missing.count, trail.attempts.surplus.count)
      note(.audit(faults: trail.chain.faults.count, lost: trail.lost, missing: missing, surplus: surplus))
    }
  }

  /// Waits until all history is over, and checks that the ledger keeps no row of it.
  private func empty() async throws {
    clock.advance(by: load.keep + .seconds(86_400))
    try await deliver()
    _ = try await pruning.pass()
    let rows = try await ledger.rows()
    var expected = ["alerts": load.active, "deliveries": load.active, "bodies": load.active, "decisions": load.active]
    // The digest's; the last number of the audit log; one row for each channel.
    expected.merge(["timers": 1, "audits": 1, "channels": 3]) { $1 }
    for table in LongRun.emptied where rows[table] != expected[table, default: 0] {
      note(.rows(rows[table, default: 0], of: table, needed: expected[table, default: 0]))
    }
    try await checkAudit()
  }

  /// The tables that grow with what happens.
  private static let emptied = [
    "alerts", "deliveries", "bodies", "predecessors", "decisions", "attempts", "audits", "investigations", "entries",
    "silences", "lists", "timers", "channels", "circuits",
  ]

  // MARK: - Figures

  private func report() async throws -> LongRunReport {
    LongRunReport(
      day: Int((clock.now() - load.start) / .seconds(86_400)),
      alerts: min(tick, load.ticks) * LongRunLoad.batch,
      messages: transport.accepted,
      rows: try await ledger.rows(),
      ledger: LongRunReport.bytes(of: folder, beginning: "belfry.db"),
      audit: LongRunReport.bytes(of: folder, beginning: "audit"),
      memory: LongRunReport.residentMemory,
      processor: LongRunReport.processorTime,
      elapsed: ContinuousClock.now - started
    )
  }
}

/// Accepts what the channels send, and counts it; every hundredth attempt fails.
final class CountingTransport: Transport {
  private let counts = Mutex((attempts: 0, accepted: 0))
  private let isForgetful: Bool

  /// - Parameter isForgetful: Whether the fiftieth message does not arrive although it was accepted.
  init(isForgetful: Bool) { self.isForgetful = isForgetful }

  /// How many messages arrived.
  var accepted: Int { counts.withLock { $0.accepted } }

  func connect(for outgoing: Outgoing) async -> TransportFailure? { nil }

  func send(_ batch: [Outgoing]) async -> [Reply] {
    counts.withLock { counts in
      batch.map { _ in
        counts.attempts += 1
        if counts.attempts % 100 == 0 { return .failed(TransportFailure(.connectionLost, "the server is gone")) }
        if counts.attempts != 50 || !isForgetful { counts.accepted += 1 }
        return .appended
      }
    }
  }
}

/// A virtual clock on which nothing rests between two batches of a pass.
private struct RestlessTime: TimeSource {
  let clock: VirtualTime
  func now() -> Instant { clock.now() }
  func elapsed() -> Duration { clock.elapsed() }
  func sleep(for duration: Duration) async throws { try Task.checkCancellation() }
  func alarm(_ body: @escaping @Sendable () -> Void) -> any Alarm { RestlessAlarm(body: body) }
}

/// An alarm that is always due at once.
private struct RestlessAlarm: Alarm {
  let body: @Sendable () -> Void
  func set(after duration: Duration) { body() }
  func unset() {}
}
