// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// 20,000 deliveries on ten channels while the notifier is ended again and again.
@Suite("A storm", .systemTest, .serialized, .endsIfItHangs)
struct StormTests {
  private static let kills = 55

  @Test(
    "of 55 kills at any moment loses nothing, and nothing arrives twice except what was in flight",
    arguments: [seed]
  )
  func killed(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    var storm = try Storm(alerts: 2_000)
    var (inFlight, most, repeated) = (0, 0, 0)
    var before: [String: Int] = [:]
    for kill in 1...Self.kills {
      try storm.stir(active: 2_000 * kill / Self.kills, using: &random)
      let belfry = try storm.start()
      try await Task.sleep(for: .milliseconds(Int.random(in: 10...1_400, using: &random)))
      belfry.kill()
      #expect(try await belfry.exit() == 128 + SIGKILL)

      let unsettled = try await storm.unsettled()
      #expect(unsettled.values.allSatisfy { $0 >= 0 }, "kill \(kill): the ledger knows of more than arrived")
      // Deliveries of an earlier kill may still be unsettled, beside those that this one cut off.
      let cutOff = unsettled.merging(before) { $0 - $1 }.filter { Storm.isSlack($0.key) }
      let atOnce = cutOff.filter { $0.value > Storm.slackInFlight }
      before = unsettled
      #expect(atOnce.isEmpty, "kill \(kill): more in flight than may be")
      // Repeated arrivals since the previous kill were in flight then.
      let again = storm.repeated - repeated
      #expect(again <= most, "kill \(kill): \(again) came again, of \(most) that were in flight")
      (most, repeated) = (unsettled.values.reduce(0, +), storm.repeated)
      inFlight += most
    }
    try await finish(&storm, active: 2_000, using: &random)
    let totals = (distinct: storm.distinct, repeated: storm.repeated, refusals: storm.refusals)
    print(
      """
      seed \(seed): \(Self.kills) kills, \(totals.distinct) deliveries, \(inFlight) in flight at the kills, \
      \(totals.repeated) came again, Slack refused \(totals.refusals)
      """
    )
    #expect(totals.repeated - repeated <= most)
    #expect(totals.repeated <= inFlight)
  }

  @Test("of repeated SIGTERM loses nothing, and nothing arrives twice", arguments: [seed])
  func terminated(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    var storm = try Storm(alerts: 500)
    for stop in 1...12 {
      try storm.stir(active: 500 * stop / 12, using: &random)
      let belfry = try storm.start()
      // Before that it does not handle signals yet.
      try await belfry.line(containing: "cycle: ")
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...800, using: &random)))
      belfry.terminate()
      #expect(try await belfry.exit() == 0, "\(belfry.output)")
      #expect(belfry.output.hasSuffix("stopped cleanly"))
      #expect(try await storm.unsettled().values.allSatisfy { $0 == 0 }, "stop \(stop): the ledger knows what arrived")
    }
    try await finish(&storm, active: 500, using: &random)
    let (distinct, repeated, refusals) = (storm.distinct, storm.repeated, storm.refusals)
    print("seed \(seed): 12 stops, \(distinct) deliveries, \(repeated) came again, Slack refused \(refusals)")
    #expect(repeated == 0)
  }

  /// Lets it run until everything has arrived, and checks that.
  private func finish(_ storm: inout Storm, active: Int, using random: inout SeededGenerator) async throws {
    try storm.stir(active: active, using: &random)
    let belfry = try storm.start()
    let limit = ContinuousClock.now + .untilItHangs
    let sent = ["delivered": storm.deliveries]
    var isOver = false
    while !isOver, ContinuousClock.now < limit {
      try await Task.sleep(for: .milliseconds(100))
      storm.read()
      // Messages that arrived before a kill may still wait for a retry, as far as the ledger knows.
      if storm.distinct == storm.deliveries { isOver = try await storm.totals() == sent }
    }
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
    storm.read()
    let (lost, distinct, isWhole) = (storm.lost, storm.distinct, storm.isWhole)
    #expect(lost.isEmpty, "\(belfry.output.suffix(4_000))")
    #expect(distinct == storm.deliveries, "an alert got a second delivery")
    #expect(isWhole, "a line that is not whole")
    let totals = try await storm.totals()
    #expect(totals == sent)
  }

  /// The seed in `BELFRY_SEED`, to reproduce a failure as far as the machine permits; otherwise a new one each time.
  private static let seed =
    ProcessInfo.processInfo.environment["BELFRY_SEED"].flatMap { UInt64($0) }
    ?? UInt64.random(in: 1...1_000_000)
}
