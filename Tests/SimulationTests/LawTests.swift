// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The whole notifier, with everything around it played by a seed: every alert is accounted for, whatever happens.
@Suite("The accounting of alerts, simulated", .serialized)
struct LawTests {
  @Test("is correct over many seeds", .enabled(if: !Variables.isSoaking))
  func holds() async throws {
    let seeds: [UInt64] = Variables.seed.map { [$0] } ?? Array(0..<UInt64(Variables.count))
    let failed = try await Crowd.run(seeds.map { Simulation.plan(seed: $0) })
    #expect(failed.isEmpty)
  }

  @Test("is correct on the SQLite ledger", .enabled(if: !Variables.isSoaking))
  func holdsOnDisk() async throws {
    let seeds: [UInt64] = Variables.seed.map { [$0] } ?? Array(1000..<UInt64(1000 + Variables.count / 8))
    let failed = try await Crowd.run(seeds.map { Simulation.plan(seed: $0, usesSQLite: true) })
    #expect(failed.isEmpty)
  }

  @Test("is correct if the process dies at any of its transactions", .enabled(if: !Variables.isBrief))
  func holdsAtEveryBoundary() async throws {
    var plan = Plan(seed: 11, scenario: "everything", length: .seconds(2 * 3600), pace: .seconds(600))
    plan.crashes = false
    plan.rest = .seconds(86_400)
    let whole = try await Simulation.run(plan, on: RunLoop())
    #expect(whole.faults == [] && whole.transactions > 50, "\(whole.story)")
    let failed = try await Crowd.run(
      (1...whole.transactions).flatMap { transaction in
        CrashPlan.Side.allCases.map { side in
          var plan = plan
          plan.crash = CrashPlan(transaction: transaction, side: side)
          // What the last transaction leased is due again when its lease has ended.
          plan.rest += .seconds(600)
          return plan
        }
      }
    )
    #expect(failed.isEmpty)
  }

  @Test(
    "is the same when a seed is played again",
    .enabled(if: !Variables.isBrief),
    arguments: [3, 11, 29] as [UInt64]
  )
  func replays(seed: UInt64) async throws {
    let plan = Simulation.plan(seed: seed)
    let (one, other) = (try await Simulation.run(plan, on: RunLoop()), try await Simulation.run(plan, on: RunLoop()))
    #expect(one.hash == other.hash)
    #expect(one.log.count > 100)
  }

  @Test("is correct until it is stopped", .enabled(if: Variables.isSoaking))
  func soaks() async throws {
    var first = Variables.seed ?? UInt64.random(in: 0..<1_000_000_000)
    while true {
      let failed = try await Crowd.run((first..<first + 100).map { Simulation.plan(seed: $0, usesSQLite: $0 % 8 == 0) })
      print("seeds \(first) to \(first + 99): \(failed.count) failed")
      first += 100
    }
  }
}

/// The values of environment variables.
enum Variables {
  static var seed: UInt64? { number("BELFRY_SEED") }
  static var count: Int { number("BELFRY_SEEDS").map { Int($0) } ?? 500 }
  /// The number of last log lines to print.
  static var lines: Int { number("BELFRY_LINES").map { Int($0) } ?? 30 }
  static var isSoaking: Bool { number("BELFRY_SOAK") != nil }
  /// Whether only seeds are printed.
  static var isBrief: Bool { isSoaking || seed != nil }

  private static func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }
}

/// Runs many plans, as many at once as there are processors.
enum Crowd {
  /// - Returns: the plans that failed; their stories are printed.
  static func run(_ plans: [Plan]) async throws -> [Plan] {
    let workers = min(plans.count, ProcessInfo.processInfo.activeProcessorCount)
    return try await withThrowingTaskGroup(of: [Plan].self) { group in
      for worker in 0..<workers {
        group.addTask {
          let loop = RunLoop()
          var failed: [Plan] = []
          for plan in stride(from: worker, to: plans.count, by: workers).map({ plans[$0] }) {
            let outcome = try await Simulation.run(plan, on: loop)
            guard !outcome.faults.isEmpty else { continue }
            print(outcome.story)
            failed.append(plan)
          }
          return failed
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }
}
