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
  /// The time between two actions of people.
  var peoplePace = Duration.seconds(14_400)
  /// The transaction at which the first process dies; nil if the seed decides for each process.
  var crash: CrashPlan?
  var crashes = true
  var usesSQLite = false
  /// The defect that its processes have; nil for none.
  var fault: PlantedFault?

  /// How long history is kept; nil if none is removed.
  ///
  /// Every fourth seed removes it soon, so that alerts that fire again were removed before.
  var keep: Duration? { seed % 4 == 3 ? .seconds(12 * 3600) : nil }

  var text: String {
    let death = crash.map { ", dies \($0.side.rawValue) transaction \($0.transaction)" } ?? ""
    return "seed \(seed), “\(scenario)”, \(length.text)\(usesSQLite ? ", SQLite" : "")\(death)"
  }
}

/// One run of the whole notifier on a virtual clock; the seed decides what sources, people and channels do.
struct SimulatedRun {
  let plan: Plan
  let scenario: Scenario
  let clock: VirtualTime
  let witness: Witness
  let ledger: any Ledger
  private let loop: RunLoop
  private let fault: PlantedFault.Factory?
  private let sources: [SourceScript]
  private var people: OperatorScript
  private var chance: Chance
  private var process: Process
  private var end: Instant
  /// Events that people send again, because the first try failed or its result is unknown.
  private var unsent: [Event] = []
  private var nextCheck: Instant
  private var isResting = false

  static let start = Instant(seconds: 1_800_000_000)

  init(_ plan: Plan, on loop: RunLoop, ledger: any Ledger, scenario: Scenario, clock: VirtualTime, witness: Witness) {
    self.plan = plan
    self.loop = loop
    self.scenario = scenario
    self.clock = clock
    self.ledger = ledger
    self.witness = witness
    fault = plan.fault.map { $0.begin(scenario.configuration.rules) }
    let start = clock.now()
    sources = ["app", "net"].map { SourceScript(SourceName($0), seed: plan.seed, from: start, pace: plan.pace) }
    people = OperatorScript(seed: plan.seed, from: start, pace: plan.peoplePace)
    // Another name would give every seed another meaning.
    chance = Chance(seed: plan.seed, "world")
    end = start + plan.length
    nextCheck = start
    process = Process(
      scenario,
      on: loop,
      ledger: ledger,
      clock: clock,
      witness: witness,
      seed: plan.seed,
      crash: plan.crash,
      fault: fault
    )
    if let crash = draw() { process = newProcess(crash) }
  }

  private func newProcess(_ crash: CrashPlan?) -> Process {
    Process(
      scenario,
      on: loop,
      ledger: ledger,
      clock: clock,
      witness: witness,
      seed: plan.seed,
      crash: crash,
      fault: fault
    )
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
    witness.note("from now on nothing fails")
    witness.endTrouble()
    for source in sources { source.rest() }
    unsent += people.rest()
    isResting = true
    end = now + plan.rest
    if process.isDead { await restart() }
    try await step()
    while witness.faults.isEmpty, let next = try await next(), next <= end { try await step() }
    guard witness.faults.isEmpty else { return }
    try await again { run in
      try await run.poll()
      if let keep = run.plan.keep { try await run.process.prune(before: run.now - keep) }
    }
    checkSources()
    let invariants = Invariants(ledger: ledger, witness: witness, rules: scenario.configuration.rules)
    try await invariants.check(at: now)
    try await invariants.checkRest(isPruned: plan.keep != nil)
  }

  /// Runs `body`, and once more in a new process if the process dies.
  private mutating func again(_ body: (inout SimulatedRun) async throws -> Void) async throws {
    do { try await body(&self) } catch  where process.isDead {
      await restart()
      try await body(&self)
    }
  }

  // MARK: - Time

  private mutating func step() async throws {
    if let next = try await next() { clock.advance(by: max(.zero, min(next, end) - now)) }
    // A late notifier does everything that was due at once.
    if !isResting, chance.percent(2) { clock.advance(by: chance.minutes(1...20)) }
    if !isResting, people.next <= now { unsent += people.act(witness.active, at: now) }
    do {
      try await work()
      if let keep = plan.keep, now >= nextCheck { try await process.prune(before: now - keep) }
    } catch  where process.isDead {
    } catch {
      witness.fault("error: \(error)")
    }
    if process.isDead { return await restart() }
    guard now >= nextCheck else { return }
    nextCheck = now + .seconds(3600)
    checkSources()
    try await Invariants(ledger: ledger, witness: witness, rules: scenario.configuration.rules).check(at: now)
  }

  private mutating func work() async throws {
    while let event = unsent.first {
      try await process.send(event)
      witness.confirmed(event)
      unsent.removeFirst()
    }
    try await poll()
    if !isResting, chance.percent(1) { clock.advance(by: chance.seconds(1...150)) }
    var begin = now
    repeat {
      // An attempt takes time, in which more may have become due.
      begin = now
      try await process.deliver()
      try await poll()
    } while now != begin && !process.isDead
  }

  private mutating func poll() async throws {
    for source in sources { source.advance(to: now) }
    try await process.poll()
  }

  /// The next time at which anything happens; nil if nothing will.
  private func next() async throws -> Instant? {
    // A process that dies when it is asked is replaced now.
    let attempt: Instant?
    do { attempt = try await process.nextAttempt() } catch  where process.isDead { attempt = now }
    var moments = [try await ledger.nextTimer(), attempt].compactMap(\.self)
    if !isResting {
      moments += sources.map { max($0.next, process.nextPoll) } + [people.next, nextCheck]
    }
    return moments.min().map { max($0, now) }
  }

  /// Checks that the ledger accepted exactly the sources' alerts.
  private func checkSources() {
    for source in sources {
      guard let held = source.held, process.hasRead(at: source.name, since: source.next) else { continue }
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
    await restart(with: newProcess(draw()))
  }

  private mutating func restart(with new: Process) async {
    process = new
    witness.note("a process starts")
    do {
      try await process.start(sources)
    } catch {
      if process.isDead { return await restart() }
      witness.fault("error at the start: \(error)")
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
