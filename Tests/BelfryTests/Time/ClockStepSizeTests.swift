// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("A step of the clock")
struct ClockStepSizeTests {
  private static let start = Instant(seconds: 1_800_000_000)
  private static let hour = Duration.seconds(3600)

  /// A step after the process has run for an hour.
  private func step(_ by: Duration) -> ClockStep {
    ClockStep(by: by, now: Self.start + Self.hour + by, since: Self.start)
  }

  @Test("leaves waits as long as they were", arguments: [-86_400, -3600, -2, 2, 3600, 86_400])
  func waits(by: Int) {
    let step = step(.seconds(by))
    let end = step.end(step.before + .seconds(300), longest: .seconds(600))
    #expect(end == step.now + .seconds(300))
  }

  @Test("leaves due times due", arguments: [-86_400, -3600, -2, 2, 3600, 86_400])
  func due(by: Int) {
    let step = step(.seconds(by))
    #expect(step.end(step.before, longest: .seconds(600)) <= step.now)
    #expect(step.end(step.before - .seconds(50), longest: .seconds(600)) <= step.now)
  }

  @Test("makes no wait longer than any rule could, whatever clock set it", arguments: [-86_400, 86_400])
  func bound(by: Int) {
    let step = step(.seconds(by))
    #expect(step.end(step.before + .seconds(9_000_000), longest: .seconds(600)) == step.now + .seconds(600))
  }

  @Test("does not shift a wait again that an earlier process set with the current clock")
  func earlier() {
    // Started with a clock at 1970, then set by the network.
    let step = ClockStep(by: .seconds(1_800_000_000), now: Self.start, since: Instant(seconds: 0))
    #expect(step.end(Self.start + .seconds(90), longest: .seconds(600)) == Self.start + .seconds(90))
    #expect(step.end(Self.start - .seconds(90), longest: .seconds(600)) == Self.start - .seconds(90))
    #expect(step.moment(Self.start - .seconds(90)) == Self.start - .seconds(90))
  }

  @Test(
    "leaves times recorded by this process as old as they were, and none in the future",
    arguments: [-3600, 86_400]
  )
  func moments(by: Int) {
    let step = step(.seconds(by))
    #expect(step.moment(step.before - .seconds(90)) == step.now - .seconds(90))
    #expect(step.moment(step.now + .seconds(200_000)) == step.now)
  }

  @Test("is noticed if it is a second or more, also when it comes in parts")
  func noticed() {
    var watch = ClockWatch(now: Self.start, elapsed: .seconds(5))
    #expect(watch.step(now: Self.start + .seconds(60), elapsed: .seconds(65)) == nil)
    #expect(watch.step(now: Self.start + .milliseconds(60_900), elapsed: .seconds(65)) == nil)
    let parts = watch.step(now: Self.start + .milliseconds(61_800), elapsed: .seconds(65))
    #expect(parts == ClockStep(by: .milliseconds(1800), now: Self.start + .milliseconds(61_800), since: Self.start))
    let back = watch.step(now: Self.start + .milliseconds(1800) - Self.hour, elapsed: .seconds(65))
    #expect(back?.by == .zero - Self.hour - .seconds(60))
    #expect(back?.since == Self.start + .milliseconds(1800))
    #expect(watch.step(now: Self.start + .milliseconds(2800) - Self.hour, elapsed: .seconds(66)) == nil)
  }
}
