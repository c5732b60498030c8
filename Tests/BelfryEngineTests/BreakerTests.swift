// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import Testing

@testable import BelfryEngine

@Suite("A channel's circuit")
struct BreakerTests {
  private let start = Instant(seconds: 1_800_000_000)
  private let down = Breaker.Outcome.fails(Verdict.Reason("http_503", "The server answered 503."))
  private let locked = Breaker.Outcome.needsOperator(Verdict.Reason("invalid_auth", "Slack answered invalid_auth."))

  private func opened() -> Breaker {
    var breaker = Breaker()
    _ = breaker.note(locked, begun: start, at: start, random: 0)
    return breaker
  }

  /// The time after each failed attempt, when the channel is tried as soon as the circuit allows it.
  private func failures(for span: Duration, random: Double = 0) -> (breaker: Breaker, moments: [Duration]) {
    var breaker = Breaker()
    var (now, moments) = (start, [Duration]())
    while now - start <= span {
      moments.append(now - start)
      breaker.begin()
      _ = breaker.note(down, begun: now, at: now, random: random)
      now = breaker.opens(after: now) ?? now + .seconds(1)
    }
    return (breaker, moments)
  }

  @Test(
    "opens when nothing works for ten seconds and five attempts have failed",
    arguments: [(5, 10, true), (5, 9, false), (4, 60, false), (50, 9, false)]
  )
  func opens(failures: Int, seconds: Int, isOpen: Bool) {
    var breaker = Breaker()
    for index in 1..<failures {
      let now = start + .milliseconds(index)
      #expect(breaker.note(down, begun: start + .milliseconds(index - 1), at: now, random: 0) == nil)
    }
    let end = start + .seconds(seconds)
    #expect(breaker.note(down, begun: end, at: end, random: 0) == (isOpen ? .opened : nil))
    #expect(breaker.isClosed != isOpen)
    #expect(breaker.cause?.since == (isOpen ? start : nil))
  }

  @Test("counts the failures of attempts that ran at the same time as one")
  func concurrent() {
    var breaker = Breaker()
    for index in 0..<8 {
      #expect(breaker.note(down, begun: start, at: start + .milliseconds(10_000 + index), random: 0) == nil)
    }
    #expect(breaker.isClosed)
    #expect(breaker.allowance(8, at: start + .seconds(11)) == 8)
  }

  @Test("tries one delivery a second from the second failure on")
  func suspicion() {
    var breaker = Breaker()
    #expect(breaker.note(down, begun: start, at: start, random: 0) == nil)
    #expect(breaker.allowance(8, at: start) == 8)
    #expect(breaker.note(down, begun: start, at: start, random: 0) == nil)
    #expect(breaker.allowance(8, at: start) == 0)
    #expect(breaker.opens(after: start) == start + .seconds(1))
    #expect(breaker.allowance(8, at: start + .seconds(1)) == 1)
  }

  @Test("restarts its count after a success, and says that the channel works again after two failures")
  func success() {
    var breaker = Breaker()
    for index in 0..<20 {
      let now = start + .seconds(30 * index)
      #expect(breaker.note(down, begun: now, at: now, random: 0) == nil)
      #expect(breaker.note(.works, begun: now, at: now, random: 0) == nil)
      for _ in 0..<4 { #expect(breaker.note(down, begun: now, at: now, random: 0) == nil) }
      #expect(breaker.note(.works, begun: now, at: now, random: 0) == .recovered)
    }
    #expect(breaker == Breaker())
  }

  @Test("opens at once if only the operator can fix the cause, and then tries every half minute")
  func needsOperator() {
    var breaker = Breaker()
    #expect(breaker.note(locked, begun: start, at: start, random: 0) == .opened)
    #expect(breaker.cause?.reason.code == "invalid_auth")
    #expect(breaker.opens(after: start) == start + .seconds(30))
  }

  @Test("allows one attempt after its pause, and no second one beside it")
  func probe() {
    var breaker = opened()
    let later = start + .seconds(30)
    #expect(breaker.allowance(8, at: later) == 1)
    breaker.begin()
    #expect(breaker.allowance(8, at: later) == 0)
    #expect(breaker.note(.works, begun: later, at: later, random: 0) == .closed)
    #expect(breaker.allowance(8, at: later) == 8)
    #expect(breaker.cause == nil)
  }

  @Test("tries again within a fifth of the time for which nothing worked", arguments: [0, 0.5, 0.999])
  func rests(random: Double) {
    let moments = failures(for: .seconds(86_400), random: random).moments
    for (earlier, later) in zip(moments, moments.dropFirst()) {
      #expect(later - earlier <= max(.seconds(1), min(earlier / 5, .seconds(300))))
    }
  }

  @Test(
    "tries a dead receiver rarely",
    arguments: [(10, 10, 12), (60, 20, 26), (600, 36, 46), (3600, 50, 62), (86_400, 320, 410)]
  )
  func count(seconds: Int, least: Int, most: Int) {
    let counts = [0, 0.5, 0.999].map { failures(for: .seconds(seconds), random: $0).moments.count }
    #expect(counts.allSatisfy { (least...most).contains($0) }, "\(counts)")
  }

  @Test("ignores attempts that were running when it opened")
  func underWay() {
    var breaker = opened()
    let before = breaker
    #expect(breaker.note(down, begun: start - .seconds(1), at: start + .seconds(5), random: 0) == nil)
    #expect(breaker == before)
  }

  @Test("continues with the same pauses after a restart")
  func restart() throws {
    let (breaker, moments) = failures(for: .seconds(120))
    let now = start + (try #require(moments.last))
    let note = try #require(breaker.note(of: "pager", at: now))
    var restored = Breaker(note, at: now + .seconds(2))
    var unchanged = breaker
    let next = try #require(breaker.opens(after: now))
    #expect(restored.opens(after: now) == next)
    for _ in 0..<3 {
      restored.begin()
      unchanged.begin()
      #expect(restored.note(down, begun: next, at: next, random: 0) == nil)
      #expect(unchanged.note(down, begun: next, at: next, random: 0) == nil)
      #expect(restored.opens(after: next) == unchanged.opens(after: next))
      #expect(restored.cause == unchanged.cause)
    }
  }

  private func asking(_ seconds: Int) -> Breaker.Outcome {
    .asksToWait(.seconds(seconds), Verdict.Reason("http_429", "The server answered 429."))
  }

  @Test(
    "stays closed for a server that asks for a wait of a minute, and opens for a longer wait",
    arguments: [0, 60, 61]
  )
  func asked(seconds: Int) {
    var breaker = Breaker()
    #expect(breaker.note(asking(seconds), begun: start, at: start, random: 0) == (seconds > 60 ? .opened : nil))
    #expect(breaker.isClosed == (seconds <= 60))
  }

  @Test("opens when short waits add up to more than a minute, and a success ends the count")
  func askedAgain() {
    var breaker = Breaker()
    var now = start
    for _ in 0..<3 {
      #expect(breaker.note(asking(20), begun: now, at: now, random: 0) == nil)
      now = now + .seconds(20)
    }
    #expect(breaker.note(.works, begun: now, at: now, random: 0) == nil)
    for _ in 0..<3 {
      #expect(breaker.note(asking(20), begun: now, at: now, random: 0) == nil)
      now = now + .seconds(20)
    }
    #expect(breaker.note(asking(20), begun: now, at: now, random: 0) == .opened)
    #expect(breaker.cause?.reason.text == "The server answered 429. It asks to wait 20s.")
  }

  @Test("respects a requested wait up to ten minutes", arguments: [(90, 90), (80_000, 600), (31_536_000, 600)])
  func bounded(asked: Int, kept: Int) {
    var breaker = Breaker()
    #expect(breaker.note(asking(asked), begun: start, at: start, random: 0) == .opened)
    #expect(breaker.opens(after: start) == start + .seconds(kept))
    let later = start + .seconds(kept)
    breaker.begin()
    #expect(breaker.note(asking(asked), begun: later, at: later, random: 0) == nil)
    #expect(breaker.opens(after: later) == later + .seconds(kept))
  }

  @Test("counts the same time of requested waits when the clock is set", arguments: [-3600, 3600])
  func askedAcrossStep(step: Int) {
    var breaker = Breaker()
    #expect(breaker.note(asking(50), begun: start, at: start, random: 0) == nil)
    breaker.follow(.seconds(step))
    let now = start + .seconds(step + 5)
    #expect(breaker.note(asking(50), begun: now, at: now, random: 0) == nil)
    #expect(breaker.note(asking(50), begun: now + .seconds(10), at: now + .seconds(10), random: 0) == .opened)
  }
}
