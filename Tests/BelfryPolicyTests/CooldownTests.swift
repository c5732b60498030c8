// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Cooldown")
struct CooldownTests {
  private let plain = #"{"routes": [{"to": "pager"}], "cooldown": {"window": "30m"}}"#
  private let disk = HoldID.cooldown(GroupKey("category=disk"))

  @Test("know a label by the bytes of its name")
  func labelNames() {
    #expect(Set(["caf\u{E9}", "cafe\u{301}", "caf\u{E9}"].map { CooldownRule.CooldownKey($0) }).count == 2)
  }

  @Test("an alert similar to one already sent is held until the window ends")
  func held() throws {
    var environment = try PolicyEnvironment(plain)
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    environment.advance(by: .minutes(10))
    #expect(environment.take(.fired("b"), .fired("c", .warning, "net")) == ["pager: alert c"])
    #expect(environment.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .minutes(30)))
    #expect(environment.reasons.first == "hold b: new alert; a similar alert was sent recently (cooldown)")
    #expect(environment.waiting(in: disk) == ["b"])
  }

  @Test("alerts that start in one batch do not hold each other")
  func together() throws {
    var environment = try PolicyEnvironment(plain)
    #expect(environment.take(.fired("a"), .fired("b", .critical)) == ["pager: alert b", "pager: alert a"])
    #expect(environment.take(.fired("c", .critical)) == [])
  }

  @Test("a message counts the similar alerts that waited before its batch")
  func suppressed() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    #expect(environment.take(.fired("c", .critical), .fired("d")) == ["pager: alert c"])
    #expect(environment.deliveries.last?.suppressed == 1)
  }

  @Test(
    "only a more severe alert breaks through",
    arguments: [
      (Severity.warning, Severity.critical, true), (.info, .critical, true), (.info, .warning, true),
      (.odd, .info, true), (.critical, .critical, false), (.critical, .warning, false), (.warning, .info, false),
      (.info, .odd, false), (.odd, Severity("strange"), false),
    ]
  )
  func breakthrough(sent: Severity, next: Severity, isSent: Bool) throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", sent))
    #expect(environment.take(.fired("b", next)) == (isSent ? ["pager: alert b"] : []))
  }

  @Test("an alert that breaks through restarts the window, for waiting alerts too")
  func extended() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", .warning))
    environment.take(.fired("b", .warning))
    environment.advance(by: .minutes(20))
    #expect(environment.take(.fired("c", .critical)) == ["pager: alert c"])
    #expect(environment.advance(by: .minutes(29)) == [])
    #expect(environment.take(.fired("d", .critical)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: followup d b"])
  }

  @Test("an alert less severe than one sent before does not prolong the window")
  func notProlonged() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "mail", "quiet": {"from": "00:00", "to": "23:59"},
        "continue": true}, {"match": {"severity": "critical"}, "to": "pager"}, {"to": "journal"}], "cooldown": "10m"}
      """
    )
    #expect(environment.take(.fired("a", .critical)) == ["pager: alert a"])
    environment.advance(by: .minutes(6))
    #expect(environment.take(.changed(.test("a", .info)), .fired("b", .info)) == ["journal: alert a"])
    #expect(environment.advance(by: .minutes(4)) == ["journal: followup b"])
    #expect(environment.take(.fired("c", .critical)) == ["pager: alert c"])
  }

  @Test("an alert is not held by its own message on another channel, also after a less severe one was sent there")
  func notHeldByItself() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "info"}, "to": "mail"}, {"to": ["pager", "mail"]}], "cooldown": "4h"}
      """,
      quiet: ["mail": #"{"from": "08:00", "to": "09:00", "except": "info"}"#]
    )
    #expect(environment.take(.fired("y", .warning)) == ["pager: alert y"])
    #expect(environment.take(.fired("x", .critical)) == ["pager: alert x"])
    #expect(environment.take(.fired("i", .info)) == [])
    #expect(environment.advance(by: .hours(1)) == ["mail: followup x"])
  }

  @Test("when the window ends, one follow-up lists the firing alerts and counts those that came and went")
  func followUp() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    environment.take(.fired("b", .info), .fired("c"), .fired("d"), .fired("e"))
    environment.take(.ended("d"), .ended("a"))
    environment.take(.ended("e"))
    #expect(environment.advance(by: .minutes(30)) == ["pager: followup c b +2"])
    #expect(environment.deliveries.first?.reason == "the cooldown ended")
    #expect(environment.deliveries.first?.severity == .warning)
    #expect(environment.reasons.sorted().first == "notify b: its cooldown ended and it is still firing (cooldown)")
    #expect(environment.lists == [:])
  }

  @Test("the follow-up goes to the channels of each alert's routes")
  func followUpPerChannel() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"match": {"severity": "info"}, "to": "mail"}, {"to": ["pager", "journal"]}], "cooldown": "30m"}"#
    )
    environment.take(.fired("a", .critical))
    environment.take(.fired("b", .info), .fired("c", .warning))
    #expect(environment.advance(by: .minutes(30)) == ["journal: followup c", "mail: followup b", "pager: followup c"])
  }

  @Test("if nothing is still firing, nothing is sent, and the window is gone")
  func nothingLeft() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    environment.take(.ended("b"))
    #expect(environment.advance(by: .minutes(30)) == [])
    #expect(environment.windows == [:])
    #expect(environment.timers == [:])
    #expect(environment.take(.fired("c")) == ["pager: alert c"])
  }

  @Test("the follow-up restarts the window, with its own count")
  func restarts() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    environment.take(.fired("b"), .fired("x"))
    environment.take(.ended("x"))
    #expect(environment.advance(by: .minutes(30)) == ["pager: followup b +1"])
    #expect(environment.take(.fired("c")) == [])
    #expect(environment.take(.fired("d", .critical)) == ["pager: alert d"])
    #expect(environment.advance(by: .minutes(29)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: followup c"])
  }

  @Test("a window is not cleared by a resolve, so a flapping alert is damped")
  func flapping() throws {
    var environment = try PolicyEnvironment(plain)
    var sent: [String] = []
    for _ in 0..<29 {
      sent += environment.take(.fired("a"))
      sent += environment.take(.ended("a"))
      sent += environment.advance(by: .minutes(1))
    }
    sent += environment.take(.fired("a"))
    sent += environment.advance(by: .minutes(1))
    #expect(sent == ["pager: alert a", "pager: followup a +28"])
  }

  @Test("a held alert that becomes more severe is sent and leaves the list")
  func heldWorse() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", .warning))
    environment.take(.fired("b", .info), .fired("c", .info))
    #expect(environment.take(.changed(.test("b", .critical))) == ["pager: alert b"])
    #expect(environment.waiting(in: disk) == ["c"])
    #expect(environment.advance(by: .minutes(30)) == ["pager: followup c"])
  }

  @Test("a held alert that becomes more severe, but not more than the one already sent, keeps waiting")
  func heldWorseYetHeld() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", .critical))
    environment.take(.fired("b", .info))
    #expect(environment.take(.changed(.test("b", .warning))) == [])
    #expect(environment.waiting(in: disk) == ["b"])
    #expect(environment.advance(by: .minutes(30)) == ["pager: followup b"])
  }

  @Test("a held alert that changes its category as it becomes more severe is sent once")
  func heldMoves() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", .warning, "disk"))
    environment.take(.fired("b", .info, "disk"))
    #expect(environment.take(.changed(.test("b", .critical, "net"))) == ["pager: alert b"])
    #expect(environment.lists == [:])
    #expect(environment.advance(by: .hours(2)) == [])
  }

  @Test("a held alert that changes its category without becoming more severe is sent when its hold ends")
  func heldMovesQuietly() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", .warning, "disk"))
    environment.take(.fired("b", .warning, "disk"))
    environment.take(.changed(.test("b", .info, "net")))
    #expect(environment.advance(by: .minutes(30)) == ["pager: alert b"])
    #expect(environment.reasons == ["notify b: its hold no longer applies (routes[0])"])
  }

  @Test("a cooldown can apply per any list of category, source, severity and labels")
  func byList() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager"}], "cooldown": {"window": "1h", "by": ["source", "severity", "host"]}}"#
    )
    func alert(_ id: String, _ severity: Severity, _ source: SourceName, _ host: String?) -> Event {
      .fired(id, severity, id, from: source, labels: host.map { ["host": $0] } ?? [:])
    }
    #expect(environment.take(alert("a", .warning, "app", "h1")).count == 1)
    #expect(environment.take(alert("b", .warning, "app", "h1")).isEmpty)
    #expect(environment.take(alert("c", .info, "app", "h1")).count == 1)
    #expect(environment.take(alert("d", .warning, "db", "h1")).count == 1)
    #expect(environment.take(alert("e", .warning, "app", "h2")).count == 1)
    #expect(environment.take(alert("f", .warning, "app", nil)).count == 1)
    #expect(environment.take(alert("g", .warning, "app", "")).isEmpty)
  }

  @Test("two lists of values with similar text are two windows")
  func escaped() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager"}], "cooldown": {"window": "1h", "by": ["a", "b"]}}"#
    )
    environment.take(.fired("x", labels: ["a": "1,b=2", "b": "3"]))
    #expect(environment.take(.fired("y", labels: ["a": "1", "b": "2,b=3"])) == ["pager: alert y"])
  }

  @Test("a route's own cooldown has its own windows")
  func ownWindow() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"labels": {"team": "web"}}, "to": "pager", "cooldown": "5m"}, {"to": "mail"}],
       "cooldown": "30m"}
      """
    )
    environment.take(.fired("a", labels: ["team": "web"]))
    #expect(environment.take(.fired("b")) == ["mail: alert b"])
    environment.take(.fired("c", labels: ["team": "web"]), .fired("d"))
    #expect(environment.decisions.map(\.rule.path) == ["routes[0].cooldown", "cooldown"])
    #expect(environment.advance(by: .minutes(5)) == ["pager: followup c"])
    #expect(environment.advance(by: .minutes(25)) == ["mail: followup d"])
  }

  @Test("two routes with their own cooldowns hold an alert separately, and a shared channel gets it once")
  func heldTwice() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "cooldown": "10m", "continue": true},
       {"to": ["mail", "pager"], "cooldown": "20m"}]}
      """
    )
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    #expect(environment.lists.count == 2)
    #expect(environment.advance(by: .minutes(10)) == ["pager: followup b"])
    #expect(environment.advance(by: .minutes(10)) == ["mail: followup b"])
  }

  @Test("0 turns a cooldown off, for a route or for all", arguments: ["0", #""0s""#, #"{"window": 0}"#])
  func off(zero: String) throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager"}], "cooldown": \#(zero)}"#)
    environment.take(.fired("a"))
    #expect(environment.take(.fired("b")) == ["pager: alert b"])
    #expect(environment.windows == [:])
    environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "cooldown": \#(zero)}]}"#)
    environment.take(.fired("a"))
    #expect(environment.take(.fired("b")) == ["pager: alert b"])
  }

  @Test("by default, a cooldown is half an hour per category")
  func byDefault() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager"}]}"#)
    environment.take(.fired("a"))
    #expect(environment.take(.fired("b")) == [])
    #expect(environment.decisions.first?.rule.description == "cooldown, by default")
    #expect(environment.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .minutes(30)))
  }

  @Test("a window that ended holds nothing, even if its timer is late, and its alerts do not wait again")
  func lateTimer() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    environment.advanceBlindly(by: .minutes(31))
    #expect(environment.take(.fired("c")) == ["pager: alert c"])
    #expect(environment.advance(by: .zero) == ["pager: followup b"])
    #expect(environment.take(.fired("d")) == [])
    #expect(environment.advance(by: .minutes(30)) == ["pager: followup d"])
  }

  @Test("a window that was reopened before its late timer fired stays open")
  func lateTimerOfAnEmptyList() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    environment.advanceBlindly(by: .minutes(31))
    environment.take(.fired("c"))
    environment.advance(by: .minutes(1))
    #expect(environment.take(.fired("d")) == [])
    #expect(environment.advance(by: .minutes(29)) == ["pager: followup d"])
  }
}

@Suite("A cooldown during an edit of the file")
struct EditedCooldownTests {
  private func held() throws -> PolicyEnvironment {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "cooldown": "30m"}]}"#)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    return environment
  }

  @Test(
    "sends held alerts by the new rules",
    arguments: [
      (#"{"routes": [{"to": "mail", "cooldown": "30m"}]}"#, ["mail: alert b"]),
      (#"{"routes": [{"to": "pager", "cooldown": 0}]}"#, ["pager: alert b"]),
      (#"{"routes": [{"to": "pager"}]}"#, ["pager: alert b"]),
      (#"{"routes": [{"to": "pager", "cooldown": "5h"}]}"#, ["pager: followup b"]),
      (#"{"routes": [{"match": {"severity": "info"}, "to": "pager"}], "unrouted": "drop"}"#, []),
    ]
  )
  func newRules(text: String, sent: [String]) throws {
    var environment = try held()
    try environment.edit(text)
    #expect(environment.advance(by: .minutes(30)) == sent)
    #expect(environment.lists == [:])
  }

  @Test("moves held alerts to the digest of the new rules")
  func joinsDigest() throws {
    var environment = try held()
    try environment.edit(
      #"{"routes": [{"to": "pager", "cooldown": "30m"}], "mode": "digest", "digests": {"d": {"every": "2h", "to": "mail"}}}"#
    )
    #expect(environment.advance(by: .minutes(30)) == [])
    #expect(environment.waiting(in: .digest("d")) == ["b"])
    #expect(environment.advance(by: .hours(2)) == ["mail: digest d: b"])
  }

  @Test("does not send again what other routes already sent")
  func notAgain() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "cooldown": "30m", "continue": true}, {"to": "mail", "cooldown": 0}]}"#
    )
    environment.take(.fired("a"))
    #expect(environment.take(.fired("b")) == ["mail: alert b"])
    try environment.edit(#"{"routes": [{"to": ["pager", "mail"], "cooldown": 0}]}"#)
    #expect(environment.advance(by: .minutes(30)) == ["pager: alert b"])
  }
}
