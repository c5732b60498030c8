// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import Testing

@testable import BelfryDaemon

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

  @Test("a success between failures begins the count anew")
  func success() {
    var breaker = Breaker()
    for _ in 0..<20 {
      for _ in 0..<4 { #expect(breaker.note(down, begun: start, at: start) == nil) }
      #expect(breaker.note(.works, begun: start, at: start) == nil)
    }
    #expect(breaker.isClosed)
  }

  @Test("opens at once where only the operator can mend it")
  func needsOperator() {
    var breaker = Breaker()
    #expect(breaker.note(locked, begun: start, at: start) == .opened)
    #expect(breaker.cause?.reason.code == "invalid_auth")
  }

  @Test("after its rest one attempt is let through, and no second one beside it")
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

  @Test("rests twice as long after each attempt that fails, up to ten minutes")
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

  @Test("what was under way when it opened says nothing new")
  func underWay() {
    var breaker = opened()
    let before = breaker
    #expect(breaker.note(down, begun: start, at: start + .seconds(5)) == nil)
    #expect(breaker == before)
  }

  @Test("goes on as it was after a restart")
  func restart() throws {
    let note = try #require(opened().note(of: "pager", at: start))
    let breaker = Breaker(note, at: start)
    #expect(breaker == opened())
  }

  @Test("a server that names a wait works", arguments: [(Duration?.some(.seconds(5)), true), (nil, false)])
  func asked(wait: Duration?, works: Bool) {
    let outcome = Breaker.Outcome(.retry(after: wait, because: Verdict.Reason("http_429", "")))
    #expect((outcome == .works) == works)
  }
}
