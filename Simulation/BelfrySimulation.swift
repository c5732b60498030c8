// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Belfry
import Foundation

/// Runs the whole notifier in a simulation, once for each seed, and checks that every alert is accounted for.
///
/// It is a program and not a test target, so that it runs optimised: the release build that makes `belfry` makes it too.
@main
struct BelfrySimulation: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "BelfrySimulation",
    abstract: "Simulate the notifier, and check that every alert is accounted for.",
    discussion: "Exits with 1 if a check fails, and prints the seed that repeats the failure.",
    subcommands: [LongRunCommand.self]
  )

  @Option(help: "Run only this seed, in memory and on SQLite.")
  var seed: UInt64?

  @Option(help: "The name of the scenario to run the seed in, instead of its own.")
  var scenario: String?

  @Option(help: "How many seeds to run in memory; an eighth as many run on SQLite.")
  var seeds: UInt64 = 500

  @Option(help: "How many of the last lines of a failed run's log to print.")
  var lines = 30

  @Flag(help: "Run the seeds, but do not crash at each transaction.")
  var brief = false

  @Flag(help: "Run one seed after another until stopped.")
  var soak = false

  @Option(
    help:
      "Check that this planted fault is found within its number of seeds, or each of them; with --seed, run only that."
  )
  var plant: PlantedFaults?

  func validate() throws {
    guard let scenario else { return }
    if seed == nil { throw ValidationError("--scenario needs --seed.") }
    if !Scenario.names.contains(scenario) {
      throw ValidationError("There is no scenario \(scenario); there are \(Scenario.names.joined(separator: ", ")).")
    }
  }

  func run() async throws {
    if let plant { return try await find(plant) }
    if soak { return try await runUntilStopped() }
    let checks = seed.map { Check.of(seed: $0, in: scenario) } ?? Check.all(seeds: seeds, isBrief: brief)
    var failed = 0
    for check in checks {
      let start = ContinuousClock.now
      let failures = try await check.failures(lines)
      for failure in failures { say(failure) }
      let outcome = failures.isEmpty ? "passed" : "FAILED"
      say("\(outcome) after \((ContinuousClock.now - start).components.seconds) s: \(check.name)")
      failed += failures.count
    }
    if failed > 0 { throw ExitCode.failure }
  }

  private func find(_ planted: PlantedFaults) async throws {
    let loop = RunLoop()
    var isEachFound = true
    for fault in planted.faults {
      if let seed {
        say(try await fault.outcome(seed: seed, in: scenario, on: loop).story(lines: lines))
        continue
      }
      let search = try await PlantedFaultSearch.run(fault, on: loop)
      say(search.text)
      isEachFound = isEachFound && search.seeds != nil
    }
    if !isEachFound { throw ExitCode.failure }
  }

  private func runUntilStopped() async throws {
    var first = seed ?? UInt64.random(in: 0..<1_000_000_000)
    while true {
      let plans = (first..<first + 100).map { Simulation.plan(seed: $0, usesSQLite: $0 % 8 == 0) }
      let failures = try await ParallelRuns.failures(of: plans)
      for failure in failures { say(failure.story(lines: lines)) }
      say("seeds \(first) to \(first + 99): \(failures.count) failed")
      first += 100
    }
  }
}

/// Prints a line at once, also where the output is a file or a pipe.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

/// One property, and the runs that check it.
struct Check {
  let name: String
  /// What failed, each with so many lines of its log.
  let failures: (_ lines: Int) async throws -> [String]

  private init(name: String, failures: @escaping (_ lines: Int) async throws -> [String]) {
    self.name = name
    self.failures = failures
  }

  private init(name: String, failures: @escaping () async throws -> [Simulation.Outcome]) {
    self.init(name: name) { lines in try await failures().map { $0.story(lines: lines) } }
  }

  /// What is checked for a single seed.
  static func of(seed: UInt64, in scenario: String?) -> [Check] {
    [false, true].map { usesSQLite in
      var plan = Simulation.plan(seed: seed, usesSQLite: usesSQLite)
      plan.scenario = scenario ?? plan.scenario
      return Check(name: "seed \(seed), \(usesSQLite ? "on SQLite" : "in memory")") { [plan] in
        try await ParallelRuns.failures(of: [plan])
      }
    }
  }

  static func all(seeds: UInt64, isBrief: Bool) -> [Check] {
    let days = isBrief ? 7 : 20
    let onSQLite = max(1, seeds / 8)
    let runs = [
      Check(name: "\(seeds) seeds, in memory") {
        try await ParallelRuns.failures(of: (0..<seeds).map { Simulation.plan(seed: $0) })
      },
      Check(name: "\(onSQLite) seeds, on SQLite") {
        try await ParallelRuns.failures(
          of: (1_000..<1_000 + onSQLite).map { Simulation.plan(seed: $0, usesSQLite: true) }
        )
      },
      Check(name: "the same seed runs the same way again") { try await failuresToRepeat(isBrief ? [3] : [3, 11, 29]) },
      Check(name: "\(days) days of 600 alerts a day, of which 5 are kept") { _ in
        try await faultsOfLongRun(days: days)
      },
      Check(name: "an hour of a million alerts fires none that is active") { _ in alertsFiredTwice() },
      Check(name: "a day in which something is lost on purpose") { _ in try await lossesNotFound() },
    ]
    let crashes = Check(name: "a crash before and after each transaction") { try await failuresAtCrashes() }
    return isBrief ? runs : runs + [crashes]
  }

  /// A shortened year: all history is over at its end.
  private static func faultsOfLongRun(days: Int) async throws -> [String] {
    var load = LongRunLoad()
    load.length = .seconds(days * 86_400)
    load.alertsPerDay = 600
    load.keep = .seconds(5 * 86_400)
    load.active = 20
    let folder = try Simulation.Folder()
    let faults = try await LongRun.run(load, in: folder.path, isEmptied: true)
    folder.remove()
    return faults.map(\.description)
  }

  /// Alerts that a fast load fires again before they have ended: the notifier does not count them as fired, so the run
  /// would report them as lost.
  private static func alertsFiredTwice() -> [String] {
    var load = LongRunLoad()
    load.length = .seconds(3600)
    load.alertsPerDay = 24_000_000
    var active: Set<AlertKey> = []
    var twice: [String] = []
    for tick in 0..<4 * load.life {
      if tick >= load.life { active.subtract(load.alerts(ofTick: tick - load.life).map(\.key)) }
      for alert in load.alerts(ofTick: tick) where !active.insert(alert.key).inserted {
        twice.append(alert.key.description)
      }
    }
    return Array(twice.prefix(5))
  }

  /// What a long run does not find although it was lost.
  private static func lossesNotFound() async throws -> [String] {
    var load = LongRunLoad()
    load.length = .seconds(86_400)
    load.alertsPerDay = 600
    var failures: [String] = []
    for loss in LongRunLoss.allCases {
      let folder = try Simulation.Folder()
      let faults = try await LongRun.run(load, in: folder.path, isEmptied: false, losing: loss)
      folder.remove()
      if !loss.isFound(in: faults, of: load) { failures.append("a lost \(loss) was not found, but \(faults)") }
    }
    return failures
  }

  /// Ends the process at each of its transactions, once before and once after the commit.
  private static func failuresAtCrashes() async throws -> [Simulation.Outcome] {
    var plan = Plan(seed: 11, scenario: "everything", length: .seconds(2 * 3600), pace: .seconds(600))
    plan.crashes = false
    plan.rest = .seconds(86_400)
    var whole = try await Simulation.run(plan, on: RunLoop())
    if whole.transactions <= 50 { whole.faults.append("only \(whole.transactions) transactions to crash at") }
    guard whole.faults.isEmpty else { return [whole] }
    return try await ParallelRuns.failures(
      of: (1...whole.transactions).flatMap { transaction in
        CrashPlan.Side.allCases.map { side in
          var plan = plan
          plan.crash = CrashPlan(transaction: transaction, side: side)
          // What the last transaction leased comes back when its lease has ended.
          plan.rest += .seconds(600)
          return plan
        }
      }
    )
  }

  private static func failuresToRepeat(_ seeds: [UInt64]) async throws -> [Simulation.Outcome] {
    var failures: [Simulation.Outcome] = []
    for seed in seeds {
      let plan = Simulation.plan(seed: seed)
      let first = try await Simulation.run(plan, on: RunLoop())
      var second = try await Simulation.run(plan, on: RunLoop())
      if first.hash != second.hash { second.faults.append("the second run differs from the first") }
      if second.log.count <= 100 { second.faults.append("only \(second.log.count) lines in its log") }
      if !second.faults.isEmpty { failures.append(second) }
    }
    return failures
  }
}

/// Runs many plans, as many at a time as there are processors.
enum ParallelRuns {
  static func failures(of plans: [Plan]) async throws -> [Simulation.Outcome] {
    let workers = min(plans.count, ProcessInfo.processInfo.activeProcessorCount)
    return try await withThrowingTaskGroup(of: [Simulation.Outcome].self) { group in
      for worker in 0..<workers {
        group.addTask {
          let loop = RunLoop()
          var failures: [Simulation.Outcome] = []
          for index in stride(from: worker, to: plans.count, by: workers) {
            let outcome = try await Simulation.run(plans[index], on: loop)
            if !outcome.faults.isEmpty { failures.append(outcome) }
          }
          return failures
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }
}
