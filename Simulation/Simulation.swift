// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation

/// Runs plans.
enum Simulation {
  /// The result of a plan.
  struct Outcome: Sendable {
    var plan: Plan
    var faults: [String]
    var log: [String]
    var transactions: Int
    var hash: UInt64

    /// Everything needed to understand a failure and to repeat it, with the last `lines` of the log.
    func story(lines: Int) -> String {
      """
      \(plan.text): \(faults.joined(separator: "; "))
      repeat it with --seed \(plan.seed) --scenario '\(plan.scenario)'\(plan.fault.map { " --plant \($0.name)" } ?? "")
      \(log.suffix(lines).joined(separator: "\n"))
      """
    }
  }

  /// The plan of a seed: its file, its length, and whether with crashes.
  static func plan(seed: UInt64, usesSQLite: Bool = false) -> Plan {
    var chance = Chance(seed: seed, "plan")
    let names = Scenario.names
    let isLong = chance.below(40) == 0
    var plan = Plan(
      seed: seed,
      scenario: names[Int(seed % UInt64(names.count))],
      length: .seconds(86_400 * (isLong ? 30 : 1 + chance.below(2)))
    )
    plan.pace = isLong ? .seconds(7200) : .seconds([900, 1800, 3600].randomElement(using: &chance) ?? 1800)
    plan.crashes = !chance.percent(30)
    plan.usesSQLite = usesSQLite
    // A file is that much slower.
    if usesSQLite { (plan.length, plan.pace) = (.seconds(86_400), .seconds(3600)) }
    return plan
  }

  static func run(_ plan: Plan, on loop: RunLoop) async throws -> Outcome {
    try await withTaskExecutorPreference(loop) { try await run(plan, loop) }
  }

  private static func run(_ plan: Plan, _ loop: RunLoop) async throws -> Outcome {
    let clock = VirtualTime(startingAt: SimulatedRun.start)
    let scenario = try Scenario.named(plan.scenario)
    let witness = Witness(scenario, clock: clock)
    let ids = DeliveryIDSource(generator: Chance(seed: plan.seed, "ids"))
    guard plan.usesSQLite else {
      let ledger = MemoryLedger(now: { clock.now() }, ids: ids)
      return try await run(
        plan,
        SimulatedRun(plan, on: loop, ledger: ledger, scenario: scenario, clock: clock, witness: witness)
      )
    }
    let folder = try Folder()
    let ledger = try await SQLiteLedger.open(path: folder.path + "/belfry.db", now: { clock.now() }, ids: ids)
    let outcome = try await run(
      plan,
      SimulatedRun(plan, on: loop, ledger: ledger, scenario: scenario, clock: clock, witness: witness)
    )
    try await ledger.close()
    folder.remove()
    return outcome
  }

  private static func run(_ plan: Plan, _ simulation: SimulatedRun) async throws -> Outcome {
    var run = simulation
    let transactions = try await run.run()
    return run.witness.read { expected in
      Outcome(
        plan: plan,
        faults: expected.faults,
        log: expected.log,
        transactions: transactions,
        hash: expected.hash.value
      )
    }
  }

  /// A folder for a ledger's file, in memory if possible.
  struct Folder {
    let path: String

    init() throws {
      let memory = "/dev/shm"
      let root = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
      path = root + "/belfry-simulation-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() {
      do { try FileManager.default.removeItem(atPath: path) } catch { print("\(path) could not be removed: \(error)") }
    }
  }
}
