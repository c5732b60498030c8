// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@Suite("Pushes while Belfry is killed", .systemTest, .endsIfItHangs)
struct PushStormTests {
  private static let kills = 6
  private static let pushers: UInt64 = 4
  /// Running attempts, and as many whose results are being recorded, of a channel with 8 at once.
  private static let inFlight = 2 * 8

  @Test(
    "are sent on each channel once accepted, though one channel was down all the time",
    arguments: [11, 12] as [UInt64]
  )
  func killed(seed: UInt64) async throws {
    let storm = try PushStorm()
    var random = SeededGenerator(seed: seed)
    try await withThrowingTaskGroup { group in
      for pusher in 0..<Self.pushers { group.addTask { try await storm.push(seed: seed &* 100 &+ pusher) } }
      for kill in 1...Self.kills {
        let belfry = try storm.start()
        try await belfry.line(containing: "server: listening on")
        try await Task.sleep(for: .milliseconds(Int.random(in: 50...1_000, using: &random)))
        // However slow the machine is, there is enough to lose at the last kill.
        if kill == Self.kills { try await eventually("alerts are accepted") { storm.accepted.count > 100 } }
        belfry.kill()
        #expect(try await belfry.exit() == 128 + SIGKILL)
        let (accepted, down) = (storm.accepted.count, try await storm.deliveries(on: "down"))
        let waiting = down.values.reduce(0, +)
        #expect(waiting >= accepted, "kill \(kill): of \(accepted) accepted only \(waiting) are in the ledger: \(down)")
        #expect(down["delivered", default: 0] == 0)
      }
      storm.end()
      try await group.waitForAll()
    }
    let accepted = storm.accepted
    #expect(accepted.count > 100)

    let belfry = try storm.start()
    storm.mend()
    for channel in ["up", "down"] {
      try await eventually("every accepted alert is sent on \(channel)") {
        accepted.isSubset(of: storm.received(on: channel).deliveries.keys)
      }
      let received = storm.received(on: channel)
      let twice = received.deliveries.filter { $0.value.count > 1 }
      #expect(twice.isEmpty, "an alert got a second delivery on \(channel)")
      #expect(received.repeated <= (channel == "up" ? Self.kills * Self.inFlight : 0))
      print("seed \(seed), \(channel): \(accepted.count) of \(storm.pushed) accepted, \(received.repeated) came again")
    }
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output.suffix(2000))")
  }
}
