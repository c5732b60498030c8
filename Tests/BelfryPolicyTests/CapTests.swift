// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("A cap")
struct CapTests {
  private static let file = #"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#
  private static let cap = #"{"over": 2, "per": "1h"}"#

  /// A ledger with a cap of two messages an hour on the channel pager.
  private static func environment(_ text: String = file, cap: String = cap) throws -> PolicyEnvironment {
    try PolicyEnvironment(text, caps: ["pager": cap])
  }

  @Test("sends what exceeds it in one follow-up when there is room")
  func followUp() throws {
    var environment = try Self.environment()
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    environment.advance(by: .minutes(10))
    #expect(environment.take(.fired("b")) == ["pager: alert b"])
    #expect(environment.take(.fired("c"), .fired("d")) == [])
    #expect(
      environment.reasons.first
        == "hold c: new alert; the cap of pager is reached: 2 messages in 1h (channels.pager.cap)"
    )
    #expect(
      environment.decisions.map(\.outcome) == [1, 2].map { _ in .hold(until: PolicyEnvironment.start + .hours(1)) }
    )
    #expect(environment.alerts[Alert.test("c").key]?.standing == .waiting)
    #expect(environment.advance(by: .minutes(49)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: followup c d"])
    #expect(environment.deliveries.first?.reason == "the cap of pager has room again")
    #expect(environment.lists == [:])
  }

  @Test("has room again when its oldest message is old, and holds again when it is full")
  func roomAgain() throws {
    var environment = try Self.environment()
    environment.take(.fired("a"))
    environment.advance(by: .minutes(30))
    environment.take(.fired("b"))
    environment.advance(by: .minutes(30))
    #expect(environment.take(.fired("c")) == ["pager: alert c"])
    #expect(environment.take(.fired("d")) == [])
    #expect(environment.advance(by: .minutes(30)) == ["pager: followup d"])
    environment.advance(by: .hours(2))
    #expect(environment.entries.isEmpty)
    #expect(environment.timers.isEmpty)
  }

  @Test("counts messages and not alerts: a burst summary is one")
  func countsMessages() throws {
    var environment = try Self.environment(
      #"{"routes": [{"to": "pager"}], "cooldown": 0, "burst": {"over": 2}}"#,
      cap: #"{"over": 1, "per": "1h"}"#
    )
    #expect(environment.take(.fired("a"), .fired("b"), .fired("c")) == ["pager: burst a b c"])
    #expect(environment.take(.fired("d"), .fired("e"), .fired("f")) == [])
    #expect(environment.advance(by: .hours(1)) == ["pager: followup d e f"])
  }

  @Test("excepts critical alerts, which are sent at once and not counted")
  func criticalExcepted() throws {
    var environment = try Self.environment()
    #expect(environment.take(.fired("x", .critical), .fired("y", .critical), .fired("z", .critical)).count == 3)
    #expect(environment.take(.fired("a"), .fired("b"), .fired("c")) == ["pager: alert a", "pager: alert b"])
    #expect(environment.take(.fired("v", .critical)) == ["pager: alert v"])
    #expect(environment.take(.changed(.test("c", .critical))) == ["pager: alert c"])
    #expect(environment.advance(by: .hours(1)) == [])
    #expect(environment.lists == [:])
  }

  @Test(
    "excepts the severities that it names, and none for an empty list",
    arguments: [(#"[]"#, ["pager: alert a"]), (#""info""#, ["pager: alert a", "pager: alert i"])]
  )
  func exceptions(except: String, sent: [String]) throws {
    var environment = try Self.environment(cap: #"{"over": 1, "per": "1h", "except": \#(except)}"#)
    #expect(
      environment.take(.fired("a", .critical)) + environment.take(.fired("b", .critical), .fired("i", .info)) == sent
    )
  }

  @Test("counts the messages of all routes to its channel, and leaves other channels alone")
  func twoRoutes() throws {
    var environment = try Self.environment(
      """
      {"routes": [{"match": {"category": "net"}, "to": ["pager", "mail"]}, {"to": "pager"}], "cooldown": 0}
      """
    )
    #expect(
      environment.take(.fired("a", .warning, "net"), .fired("b")) == [
        "pager: alert a", "mail: alert a", "pager: alert b",
      ]
    )
    #expect(environment.take(.fired("c", .warning, "net"), .fired("d")) == ["mail: alert c"])
    #expect(environment.advance(by: .hours(1)) == ["pager: followup c d"])
  }

  @Test("of a route counts the route's messages to each of its channels")
  func ofRoute() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"category": "net"}, "to": ["pager", "mail"], "cap": {"over": 1, "per": "30m"}},
       {"to": "pager"}], "cooldown": 0}
      """
    )
    #expect(environment.take(.fired("a", .warning, "net")) == ["pager: alert a", "mail: alert a"])
    #expect(environment.take(.fired("b", .warning, "net"), .fired("c")) == ["pager: alert c"])
    #expect(environment.reasons.first?.hasSuffix("(routes[0].cap)") == true)
    #expect(environment.advance(by: .minutes(30)) == ["mail: followup b", "pager: followup b"])
  }

  @Test("counts alerts that fired and resolved while they waited, and sends nothing for those alone")
  func cameAndWent() throws {
    var environment = try Self.environment()
    environment.take(.fired("a"), .fired("b"))
    environment.take(.fired("c"), .fired("d"))
    #expect(environment.take(.ended("c")) == [])
    #expect(environment.reasons == ["suppress c: resolved while held by the cap of pager (routes[0])"])
    #expect(environment.advance(by: .hours(1)) == ["pager: followup d +1"])
    environment.take(.fired("e"))
    environment.take(.fired("f"))
    environment.take(.ended("f"))
    #expect(environment.advance(by: .hours(3)) == [])
  }

  @Test("holds resolutions too, and sends them with what still fires in one message")
  func resolutions() throws {
    var environment = try Self.environment()
    environment.take(.fired("a"), .fired("b"))
    #expect(environment.take(.ended("a"), .fired("c")) == [])
    #expect(environment.advance(by: .hours(1)) == ["pager: group a c"])
    #expect(environment.deliveries.first?.flags[Alert.test("a").key]?.isResolved == true)
    #expect(environment.deliveries.first?.flags[Alert.test("c").key]?.isResolved != true)
    #expect(environment.take(.ended("c")) == ["pager: resolved c"])
  }

  @Test("owes nothing about an alert that resolves and fires again while its resolution waits")
  func firesAgain() throws {
    var environment = try Self.environment()
    environment.take(.fired("a"), .fired("b"))
    environment.take(.ended("a"))
    #expect(environment.take(.fired("a")) == [])
    #expect(environment.advance(by: .hours(2)) == [])
    #expect(environment.lists == [:])
  }

  @Test("has new alerts wait behind those that wait already")
  func inOrder() throws {
    var environment = try Self.environment(cap: #"{"over": 1, "per": "1h"}"#)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    environment.advanceBlindly(by: .hours(2))
    #expect(environment.take(.fired("c")) == [])
    #expect(environment.advance(by: .seconds(1)) == ["pager: followup b c"])
  }

  @Test("holds what another hold sends, and counts what came and went there")
  func afterQuietHours() throws {
    var environment = try Self.environment(
      """
      {"routes": [{"match": {"category": "net"}, "to": "pager", "quiet": {"from": "08:00", "to": "08:30"}}, {"to": "pager"}],
       "cooldown": 0}
      """
    )
    environment.take(.fired("a", .warning, "net"), .fired("b", .warning, "net"))
    environment.take(.ended("a"))
    environment.take(.fired("c"), .fired("d"))
    #expect(environment.advance(by: .minutes(59)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: followup b +1"])
  }

  @Test("is the last hold: its follow-up waits for no group and no cooldown")
  func isLast() throws {
    var environment = try Self.environment(
      """
      {"routes": [{"match": {"category": "net"}, "to": "pager", "resolved": true, "group": {"wait": "1m", "every": "5m"}},
       {"to": "pager", "cooldown": "3h"}]}
      """
    )
    #expect(environment.take(.fired("a", .warning, "disk"), .fired("b", .warning, "cpu")).count == 2)
    environment.take(.fired("c", .warning, "net"), .fired("d", .warning, "ram"))
    #expect(environment.advance(by: .minutes(59)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: followup c d"])
    // The alert counts as one of its group: its resolution is the group's news.
    environment.take(.ended("c"))
    #expect(environment.advance(by: .hours(1)) == ["pager: group c"])
    #expect(environment.deliveries.first?.reason == "all resolved")
  }

  @Test("starts no cooldown with what it holds")
  func startsNoCooldown() throws {
    var environment = try Self.environment(
      #"{"routes": [{"to": ["pager", "mail"], "cooldown": "2h"}]}"#,
      cap: #"{"over": 1, "per": "1h"}"#
    )
    environment.take(.fired("a", .warning, "disk"))
    #expect(environment.take(.fired("b", .warning, "net")) == ["mail: alert b"])
    let identity = environment.policy.rules.table.routes[0].identity
    let window = try #require(environment.windows[GroupKey("\(identity):category=net")])
    #expect(window.windows.keys.sorted() == ["mail"])
  }

  @Test("of one route does not stop the cooldown of another route that sends to the same channel")
  func otherRouteStartsCooldown() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"category": "net"}, "to": "pager", "continue": true, "cap": {"over": 1, "per": "1h"}},
       {"to": "mail", "match": {"severity": "info"}}, {"to": ["mail", "pager"]}], "cooldown": "30m"}
      """
    )
    environment.take(.fired("a", .warning, "net"))
    environment.advance(by: .minutes(40))
    #expect(environment.take(.fired("b", .warning, "net")) == ["mail: alert b", "pager: alert b"])
    environment.advance(by: .minutes(5))
    #expect(environment.take(.fired("c", .warning, "net")) == [])
  }

  @Test("sends alerts together that wait for the caps of two channels which have room at the same time")
  func twoCaps() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": ["pager", "mail"], "cap": {"over": 1, "per": "1h"}}], "cooldown": 0}"#
    )
    environment.take(.fired("a"))
    environment.take(.fired("b"), .fired("c"))
    #expect(environment.advanceTogether(by: .hours(1)) == ["mail: followup b c", "pager: followup b c"])
    #expect(environment.lists == [:])
  }

  @Test("of one route lets its alerts pass no cooldown of another route")
  func otherRouteKeepsCooldown() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"category": "net"}, "to": "mail", "continue": true, "cooldown": 0, "cap": {"over": 1, "per": "1h"}},
       {"to": ["pager", "mail"]}], "cooldown": "3h"}
      """
    )
    #expect(environment.take(.fired("a", .warning, "net")) == ["mail: alert a", "pager: alert a"])
    #expect(environment.take(.fired("b", .warning, "net")) == [])
    #expect(environment.advance(by: .hours(1)) == ["mail: followup b"])
    #expect(environment.alerts[Alert.test("b").key]?.holds.map(\.kind) == ["cooldown"])
    #expect(environment.advance(by: .hours(2)) == ["pager: followup b"])
  }

  @Test("does not hold a digest, which counts as one message")
  func digest() throws {
    var environment = try Self.environment(
      """
      {"routes": [{"match": {"severity": "info"}, "digest": "d"}, {"to": "pager"}], "cooldown": 0,
       "digests": {"d": {"every": "30m", "to": "pager"}}}
      """
    )
    environment.take(.fired("a"), .fired("b"), .fired("i", .info))
    #expect(environment.advance(by: .minutes(30)) == ["pager: digest d: i"])
    environment.advance(by: .minutes(30))
    // Of the two messages in the last hour, one is the digest.
    #expect(environment.take(.fired("c"), .fired("e")) == ["pager: alert c"])
  }

  @Test("postpones reminders until there is room")
  func reminders() throws {
    var environment = try Self.environment(
      #"{"routes": [{"to": "pager", "repeat": "20m"}], "cooldown": 0}"#
    )
    environment.take(.fired("a"))
    environment.advance(by: .minutes(1))
    environment.take(.fired("b"))
    #expect(environment.advance(by: .minutes(58)) == [])
    #expect(
      environment.reasons.contains(
        "hold a: still firing; the cap of pager is reached: 2 messages in 1h (channels.pager.cap)"
      )
    )
    #expect(environment.advance(by: .minutes(1)) == ["pager: reminder a"])
    #expect(environment.advance(by: .minutes(1)) == ["pager: reminder b"])
  }

  @Test("mutes nothing: what it holds is muted by a silence that begins in the meantime")
  func mutedLater() throws {
    var environment = try Self.environment(cap: #"{"over": 1, "per": "1h"}"#)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    environment.take(
      .silenced(
        Silence(
          id: SilenceID("s"),
          matcher: Matcher(),
          from: environment.now,
          until: environment.now + .hours(2),
          author: "ann"
        )
      )
    )
    #expect(environment.advance(by: .hours(1)) == [])
    #expect(environment.alerts[Alert.test("b").key]?.standing == .muted)
    #expect(environment.advance(by: .hours(1)) == ["pager: followup b"])
  }

  @Test("that the file no longer has ends its waits at the time that was set")
  func removed() throws {
    var environment = try Self.environment(cap: #"{"over": 1, "per": "1h"}"#)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    try environment.edit(Self.file)
    #expect(environment.take(.fired("c")) == ["pager: alert c"])
    #expect(environment.advance(by: .hours(1)) == ["pager: followup b"])
    #expect(environment.entries.isEmpty)
  }

  @Test("keeps its waits when the clock is set")
  func clock() {
    var state = CapState()
    let start = PolicyEnvironment.start
    state.sent = [start, start + .minutes(10)]
    state.due = start + .hours(1)
    let step = ClockStep(by: .hours(5), now: start + .hours(5) + .minutes(20), since: start)
    let moved = HoldState.cap(state).following(step, of: .cap(.channel("pager")), LongestWaits(["cap": .hours(1)]))
    state.sent = [start + .hours(5), start + .hours(5) + .minutes(10)]
    state.due = start + .hours(6)
    #expect(moved == .cap(state))
  }

  @Test("is explained where it applies, and where it does not")
  func explained() throws {
    let policy = try Self.environment().policy
    let line = { (severity: Severity) in
      policy.explain(.test("a", severity), at: PolicyEnvironment.start).steps[0].throttles.map(\.text).first ?? ""
    }
    #expect(
      line(.warning) == "cap: at most 2 messages in 1h to pager; more are sent in one follow-up when there is room"
    )
    #expect(line(.critical) == "cap: does not hold critical alerts")
  }
}
