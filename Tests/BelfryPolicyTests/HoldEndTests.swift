// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("What a hold remembers")
struct HoldEndTests {
  /// What happens to some alerts, until a hold is over.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var file: String
    var happen: @Sendable (inout PolicyEnvironment) throws -> Void
  }

  private static let plain = #"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#
  private static let burst = """
    {"routes": [{"to": "mail"}], "cooldown": 0, "burst": {"over": 2, "within": "5m", "to": "pager"}}
    """
  private static let group = """
    {"routes": [{"to": "pager", "group": {"by": "host", "wait": "30s", "every": "5m"}}]}
    """
  private static let inhibit = """
    {"routes": [{"to": "pager"}], "cooldown": 0,
     "inhibit": [{"when": {"category": "host_down"}, "mute": {"severity": "warning"}, "equal": ["host"]}]}
    """
  private static let expect = """
    {"routes": [{"to": "pager"}], "cooldown": 0, "expect": {"id": "backup", "every": "24h", "severity": "warning"}}
    """

  static let cases = [
    Case(testDescription: "a burst that nothing followed", file: burst) { environment in
      environment.take(.fired("a"), .fired("b"), .fired("c"))
      environment.advance(by: .minutes(6))
    },
    Case(testDescription: "a burst whose last alert was silenced before its update", file: burst) { environment in
      environment.take(.fired("a"), .fired("b"), .fired("c"))
      environment.take(.fired("d"))
      environment.take(.silenced(silence(for: .hours(1))))
      environment.advance(by: .minutes(6))
      environment.take(.ended("d"))
      environment.advance(by: .hours(2))
    },
    Case(testDescription: "a group whose alert was silenced before its message", file: group) { environment in
      environment.take(.fired("a", labels: ["host": "h1"]))
      environment.take(.silenced(silence(for: .hours(1))))
      environment.advance(by: .minutes(1))
      environment.take(.ended("a"))
      environment.advance(by: .hours(2))
    },
    Case(testDescription: "a group whose alerts all resolved", file: group) { environment in
      environment.take(.fired("a", labels: ["host": "h1"]))
      environment.advance(by: .minutes(1))
      environment.take(.ended("a"))
      environment.advance(by: .minutes(5))
    },
    Case(testDescription: "inhibitions that were removed from the file while an alert muted others", file: inhibit) {
      environment in
      environment.take(.fired("down", .critical, "host_down", labels: ["host": "h1"]))
      try environment.edit(plain)
      environment.take(.ended("down"))
      environment.advance(by: .minutes(1))
    },
    Case(testDescription: "an expectation that was removed from the file while its alert was active", file: expect) {
      environment in
      environment.take(.fired("backup"))
      environment.advance(by: .hours(25))
      try environment.edit(plain)
      environment.advance(by: .minutes(1))
    },
    Case(testDescription: "a silence that was asked before its end", file: plain) { environment in
      let silence = silence(for: .hours(1))
      environment.take(.silenced(silence))
      environment.take(.fired("a"))
      environment.take(.ended("a"))
      environment.fire(.list(.silence(silence.id)))
      environment.advance(by: .hours(1))
    },
    Case(testDescription: "a cooldown and a cap", file: capped) { environment in
      environment.take(.fired("a"))
      environment.take(.fired("b"))
      environment.take(.ended("b"))
      environment.advance(by: .hours(2))
    },
  ]

  private static let capped = """
    {"routes": [{"to": "pager", "cap": {"over": 1, "per": "1h"}}], "cooldown": "30m"}
    """

  private static func silence(for duration: Duration) -> Silence {
    let start = PolicyEnvironment.start
    return Silence(id: SilenceID("s1"), matcher: Matcher(), from: start, until: start + duration, author: "ann")
  }

  @Test("is forgotten when the hold is over", arguments: cases)
  func isForgotten(example: Case) throws {
    var environment = try PolicyEnvironment(example.file)
    try example.happen(&environment)
    #expect(environment.entries == [:])
    #expect(environment.timers == [:])
    #expect(environment.lists == [:])
  }

  @Test("of a burst that is over is not continued by the next burst")
  func nextBurst() throws {
    var environment = try PolicyEnvironment(Self.burst)
    environment.take(.fired("a"), .fired("b"), .fired("c"))
    environment.advance(by: .hours(24))
    environment.take(.fired("d"), .fired("e"), .fired("f"))
    let summary = environment.deliveries.map(\.id)
    environment.take(.fired("g"))
    #expect(environment.advance(by: .minutes(5)) == ["pager: burst g"])
    #expect(environment.deliveries.first?.follows == summary)
    #expect(environment.deliveries.first?.reason == "the burst continues: 1 more, 4 in total")
  }

  @Test("of an inhibition does not mute once the alert resolved, even if the rule was not in the file then")
  func inhibitionComesBack() throws {
    var environment = try PolicyEnvironment(Self.inhibit)
    environment.take(.fired("down", .critical, "host_down", labels: ["host": "h1"]))
    try environment.edit(Self.plain)
    environment.take(.ended("down"))
    try environment.edit(Self.inhibit)
    #expect(environment.take(.fired("a", labels: ["host": "h1"])) == ["pager: alert a"])
  }

  /// What a hold remembers, and the moment from which on it is worth nothing.
  static let states: [(state: HoldState, over: Instant?)] = {
    let now = PolicyEnvironment.start
    var burst = BurstState()
    burst.until = now
    var cap = CapState()
    cap.sent = [now]
    var (resting, firing) = (GroupState(), GroupState())
    resting.restsUntil = now
    firing.firing = 1
    let window = CooldownWindow(until: now - .seconds(60), severity: .warning, release: now)
    return [
      (.burst(burst), now), (.cap(cap), now), (.group(resting), now), (.group(firing), nil),
      (.cooldown(CooldownState(["mail": window])), now), (.inhibition(InhibitionState()), now - .hours(1)),
      (.inhibition(InhibitionState(count: 1)), nil), (.mute(MuteState(ended: 3)), now - .hours(1)),
      (.expectation(ExpectationState(arrivedAt: now)), nil),
    ]
  }()

  @Test("is over from a moment on, unless alerts or the file keep it", arguments: states)
  func isOver(state: HoldState, over: Instant?) {
    let late = PolicyEnvironment.start + .hours(9_999)
    #expect(state.isOver(at: over ?? late) == (over != nil))
    let isTimeless = over.map { $0 < PolicyEnvironment.start } ?? true
    if let over, !isTimeless { #expect(!state.isOver(at: over - .seconds(1))) }
  }
}
