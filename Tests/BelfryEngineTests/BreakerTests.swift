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
    _ = breaker.note(locked, begun: start, at: start)
    return breaker
  }

  @Test("opens after five failures in a row")
  func failures() {
    var breaker = Breaker()
    for _ in 0..<4 { #expect(breaker.note(down, begun: start, at: start) == nil) }
    #expect(breaker.allowance(8, at: start) == 8)
    #expect(breaker.note(down, begun: start, at: start) == .opened)
    #expect(breaker.allowance(8, at: start) == 0)
    #expect(breaker.opens(after: start) == start + .seconds(30))
  }

  @Test("restarts its count after a success")
  func success() {
    var breaker = Breaker()
    for _ in 0..<20 {
      for _ in 0..<4 { #expect(breaker.note(down, begun: start, at: start) == nil) }
      #expect(breaker.note(.works, begun: start, at: start) == nil)
    }
    #expect(breaker.isClosed)
  }

  @Test("opens at once if only the operator can fix the cause")
  func needsOperator() {
    var breaker = Breaker()
    #expect(breaker.note(locked, begun: start, at: start) == .opened)
    #expect(breaker.cause?.reason.code == "invalid_auth")
  }

  @Test("allows one attempt after its pause, and no second one beside it")
  func probe() {
    var breaker = opened()
    let later = start + .seconds(30)
    #expect(breaker.allowance(8, at: later) == 1)
    breaker.begin()
    #expect(breaker.allowance(8, at: later) == 0)
    #expect(breaker.note(.works, begun: later, at: later) == .closed)
    #expect(breaker.allowance(8, at: later) == 8)
    #expect(breaker.cause == nil)
  }

  @Test("pauses twice as long after each failed attempt, up to ten minutes")
  func rests() {
    var breaker = opened()
    var now = start
    for seconds in [30, 60, 120, 240, 480, 600, 600] {
      #expect(breaker.opens(after: now) == now + .seconds(seconds))
      now = now + .seconds(seconds)
      breaker.begin()
      #expect(breaker.note(down, begun: now, at: now) == nil)
    }
    #expect(breaker.cause?.since == start)
  }

  @Test("ignores attempts that were running when it opened")
  func underWay() {
    var breaker = opened()
    let before = breaker
    #expect(breaker.note(down, begun: start, at: start + .seconds(5)) == nil)
    #expect(breaker == before)
  }

  @Test("continues unchanged after a restart")
  func restart() throws {
    let note = try #require(opened().note(of: "pager", at: start))
    let breaker = Breaker(note, at: start)
    #expect(breaker == opened())
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
    #expect(breaker.note(asking(seconds), begun: start, at: start) == (seconds > 60 ? .opened : nil))
    #expect(breaker.isClosed == (seconds <= 60))
  }

  @Test("opens when short waits add up to more than a minute, and a success ends the count")
  func askedAgain() {
    var breaker = Breaker()
    var now = start
    for _ in 0..<3 {
      #expect(breaker.note(asking(20), begun: now, at: now) == nil)
      now = now + .seconds(20)
    }
    #expect(breaker.note(.works, begun: now, at: now) == nil)
    for _ in 0..<3 {
      #expect(breaker.note(asking(20), begun: now, at: now) == nil)
      now = now + .seconds(20)
    }
    #expect(breaker.note(asking(20), begun: now, at: now) == .opened)
    #expect(breaker.cause?.reason.text == "The server answered 429. It asks to wait 20s.")
  }

  @Test("respects a requested wait up to ten minutes", arguments: [(90, 90), (80_000, 600), (31_536_000, 600)])
  func bounded(asked: Int, kept: Int) {
    var breaker = Breaker()
    #expect(breaker.note(asking(asked), begun: start, at: start) == .opened)
    #expect(breaker.opens(after: start) == start + .seconds(kept))
    let later = start + .seconds(kept)
    breaker.begin()
    #expect(breaker.note(asking(asked), begun: later, at: later) == nil)
    #expect(breaker.opens(after: later) == later + .seconds(kept))
  }

  @Test("counts the same time of requested waits when the clock is set", arguments: [-3600, 3600])
  func askedAcrossStep(step: Int) {
    var breaker = Breaker()
    #expect(breaker.note(asking(50), begun: start, at: start) == nil)
    breaker.follow(.seconds(step))
    let now = start + .seconds(step + 5)
    #expect(breaker.note(asking(50), begun: now, at: now) == nil)
    #expect(breaker.note(asking(50), begun: now + .seconds(10), at: now + .seconds(10)) == .opened)
  }
}
