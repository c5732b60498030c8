// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTesting
import BelfryTransport

/// The meaning of one seed.
struct Plan: Sendable {
  var seed: UInt64
  var scenario: String
  var length: Duration
  /// The length of the final period without failures.
  var rest = Duration.seconds(4 * 86_400)
  /// The time between two events at a source.
  var pace = Duration.seconds(3600)
  /// The transaction at which the first process dies; nil if the seed decides for each process.
  var crash: CrashPlan?
  var crashes = true
  var usesSQLite = false

  var text: String {
    let death = crash.map { ", dies \($0.side.rawValue) transaction \($0.transaction)" } ?? ""
    return "seed \(seed), “\(scenario)”, \(length.text)\(usesSQLite ? ", SQLite" : "")\(death)"
  }
}

/// The whole notifier on a virtual clock, with everything around it played by a seed.
struct World {
  let plan: Plan
  let scenario: Scenario
  let clock: VirtualTime
  let witness: Witness
  let ledger: any Ledger
  private let sources: [SourceScript]
  private var people: OperatorScript
  private var chance: Chance
  private var process: Process
  private var end: Instant
  /// Events that people still try to send, because they failed or their result is unknown.
  private var unsaid: [Event] = []
  private var nextCheck: Instant
  private var isResting = false

  static let start = Instant(seconds: 1_800_000_000)

  init(_ plan: Plan, ledger: any Ledger, scenario: Scenario, clock: VirtualTime, witness: Witness) {
    self.plan = plan
    self.scenario = scenario
    self.clock = clock
    self.ledger = ledger
    self.witness = witness
    let start = clock.now()
    sources = ["app", "net"].map { SourceScript(SourceName($0), seed: plan.seed, from: start, pace: plan.pace) }
    people = OperatorScript(seed: plan.seed, from: start)
    chance = Chance(seed: plan.seed, "world")
    end = start + plan.length
    nextCheck = start
    process = Process(scenario, ledger: ledger, clock: clock, witness: witness, seed: plan.seed, crash: plan.crash)
    if let crash = draw() {
      process = Process(scenario, ledger: ledger, clock: clock, witness: witness, seed: plan.seed, crash: crash)
    }
  }

  private var now: Instant { clock.now() }

  /// Runs the simulation, then rests, and checks the final state.
  ///
  /// - Returns: the number of transactions of the first process before the rest.
  @discardableResult
  mutating func run() async throws -> Int {
    let first = process
    await restart(with: process)
    while now < end, witness.faults.isEmpty { try await step() }
    let transactions = first.transactions
    if witness.faults.isEmpty { try await rest() }
    return transactions
  }

  private mutating func rest() async throws {
    witness.note("from now on all is well")
    witness.endTrouble()
    for source in sources { source.rest() }
    unsaid += people.rest()
    isResting = true
    end = now + plan.rest
    if process.isDead { await restart() }
    try await step()
    while witness.faults.isEmpty, let next = try await next(), next <= end { try await step() }
    guard witness.faults.isEmpty else { return }
    try await look()
    checkSources()
    let law = Law(ledger: ledger, witness: witness, rules: scenario.configuration.rules)
    try await law.check(at: now)
    try await law.checkRest()
  }

  // MARK: - Time

  private mutating func step() async throws {
    if let next = try await next() { clock.advance(by: max(.zero, min(next, end) - now)) }
    // A late notifier does everything that was due at once.
    if !isResting, chance.percent(2) { clock.advance(by: chance.minutes(1...20)) }
    if !isResting, people.next <= now { unsaid += people.act(witness.active, at: now) }
    do {
      try await work()
    } catch  where process.isDead {
    } catch {
      witness.fault("thrown: \(error)")
    }
    if process.isDead { return await restart() }
    guard now >= nextCheck else { return }
    nextCheck = now + .seconds(3600)
    checkSources()
    try await Law(ledger: ledger, witness: witness, rules: scenario.configuration.rules).check(at: now)
  }

  private mutating func work() async throws {
    while let event = unsaid.first {
      try await process.say(event)
      unsaid.removeFirst()
    }
    try await look()
    if !isResting, chance.percent(1) { clock.advance(by: chance.seconds(1...150)) }
    var begin = now
    repeat {
      // An attempt takes time, in which more may have become due.
      begin = now
      try await process.deliver()
      try await look()
    } while now != begin && !process.isDead
  }

  private mutating func look() async throws {
    for source in sources { source.advance(to: now) }
    try await process.look()
  }

  /// The next time at which anything happens; nil if nothing will.
  private func next() async throws -> Instant? {
    var moments = [try await ledger.nextTimer(), try await process.nextAttempt()].compactMap(\.self)
    if !isResting {
      moments += sources.map { max($0.next, process.nextLook) } + [people.next, nextCheck]
    }
    return moments.min().map { max($0, now) }
  }

  /// Checks that the ledger accepted exactly the sources' alerts.
  private func checkSources() {
    for source in sources {
      guard let held = source.held, process.hasLooked(at: source.name, since: source.next) else { continue }
      let active = witness.read { $0.active.values.filter { $0.alert.source == source.name }.map(\.alert) }
      for odd in Set(active).symmetricDifference(held) {
        witness.fault(
          "\(odd.key) \(odd.severity) is active only in \(held.contains(odd) ? "its source" : "the ledger")"
        )
      }
    }
  }

  // MARK: - Processes

  private mutating func restart() async {
    if !isResting { clock.advance(by: chance.percent(70) ? chance.seconds(1...20) : chance.minutes(1...150)) }
    await restart(
      with: Process(scenario, ledger: ledger, clock: clock, witness: witness, seed: plan.seed, crash: draw())
    )
  }

  private mutating func restart(with new: Process) async {
    process = new
    witness.note("a process begins")
    do {
      try await process.start(sources)
    } catch {
      if process.isDead { return await restart() }
      witness.fault("thrown at the start: \(error)")
    }
  }

  private mutating func draw() -> CrashPlan? {
    guard plan.crashes, plan.crash == nil, !isResting, chance.percent(80) else { return nil }
    return CrashPlan(
      transaction: 1 + chance.below(chance.percent(50) ? 12 : 200),
      side: chance.percent(50) ? .before : .after
    )
  }
}
