// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Cooldown")
struct CooldownTests {
  private let plain = #"{"routes": [{"to": "pager"}], "cooldown": {"window": "30m"}}"#
  private let disk = HoldID.cooldown(GroupKey("category=disk"))

  @Test("an alert similar to one already sent is held until the window ends")
  func held() throws {
    var bench = try PolicyEnvironment(plain)
    #expect(bench.take(.fired("a")) == ["pager: alert a"])
    bench.advance(by: .minutes(10))
    #expect(bench.take(.fired("b"), .fired("c", .warning, "net")) == ["pager: alert c"])
    #expect(bench.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .minutes(30)))
    #expect(bench.reasons.first == "hold b: new alert; a similar alert was sent recently (cooldown)")
    #expect(bench.waiting(in: disk) == ["b"])
  }

  @Test("alerts that start in one batch do not hold each other")
  func together() throws {
    var bench = try PolicyEnvironment(plain)
    #expect(bench.take(.fired("a"), .fired("b", .critical)) == ["pager: alert b", "pager: alert a"])
    #expect(bench.take(.fired("c", .critical)) == [])
  }

  @Test(
    "only a more severe alert breaks through",
    arguments: [
      (Severity.warning, Severity.critical, true), (.info, .critical, true), (.info, .warning, true),
      (.odd, .info, true), (.critical, .critical, false), (.critical, .warning, false), (.warning, .info, false),
      (.info, .odd, false), (.odd, Severity("strange"), false),
    ]
  )
  func breakthrough(told: Severity, next: Severity, isTold: Bool) throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", told))
    #expect(bench.take(.fired("b", next)) == (isTold ? ["pager: alert b"] : []))
  }

  @Test("an alert that breaks through restarts the window, for waiting alerts too")
  func extended() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", .warning))
    bench.take(.fired("b", .warning))
    bench.advance(by: .minutes(20))
    #expect(bench.take(.fired("c", .critical)) == ["pager: alert c"])
    #expect(bench.advance(by: .minutes(29)) == [])
    #expect(bench.take(.fired("d", .critical)) == [])
    #expect(bench.advance(by: .minutes(1)) == ["pager: followup d b"])
  }

  @Test("when the window ends, one follow-up lists the firing alerts and counts those that came and went")
  func followUp() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a"))
    bench.take(.fired("b", .info), .fired("c"), .fired("d"), .fired("e"))
    bench.take(.ended("d"), .ended("a"))
    bench.take(.ended("e"))
    #expect(bench.advance(by: .minutes(30)) == ["pager: followup c b +2"])
    #expect(bench.deliveries.first?.reason == "the cooldown ended")
    #expect(bench.deliveries.first?.severity == .warning)
    #expect(bench.reasons.sorted().first == "notify b: its cooldown ended and it is still firing (cooldown)")
    #expect(bench.lists == [:])
  }

  @Test("the follow-up goes to the channels of each alert's routes")
  func followUpPerChannel() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"match": {"severity": "info"}, "to": "mail"}, {"to": ["pager", "journal"]}], "cooldown": "30m"}"#
    )
    bench.take(.fired("a", .critical))
    bench.take(.fired("b", .info), .fired("c", .warning))
    #expect(bench.advance(by: .minutes(30)) == ["journal: followup c", "mail: followup b", "pager: followup c"])
  }

  @Test("if nothing is still firing, nothing is sent, and the window is gone")
  func nothingLeft() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a"))
    bench.take(.fired("b"))
    bench.take(.ended("b"))
    #expect(bench.advance(by: .minutes(30)) == [])
    #expect(bench.windows == [:])
    #expect(bench.timers == [:])
    #expect(bench.take(.fired("c")) == ["pager: alert c"])
  }

  @Test("the follow-up restarts the window, with its own count")
  func anew() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a"))
    bench.take(.fired("b"), .fired("x"))
    bench.take(.ended("x"))
    #expect(bench.advance(by: .minutes(30)) == ["pager: followup b +1"])
    #expect(bench.take(.fired("c")) == [])
    #expect(bench.take(.fired("d", .critical)) == ["pager: alert d"])
    #expect(bench.advance(by: .minutes(29)) == [])
    #expect(bench.advance(by: .minutes(1)) == ["pager: followup c"])
  }

  @Test("a window is not cleared by a resolve, so a flapping alert is damped")
  func flapping() throws {
    var bench = try PolicyEnvironment(plain)
    var told: [String] = []
    for _ in 0..<29 {
      told += bench.take(.fired("a"))
      told += bench.take(.ended("a"))
      told += bench.advance(by: .minutes(1))
    }
    told += bench.take(.fired("a"))
    told += bench.advance(by: .minutes(1))
    #expect(told == ["pager: alert a", "pager: followup a +28"])
  }

  @Test("a held alert that becomes more severe is sent and leaves the list")
  func heldWorse() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", .warning))
    bench.take(.fired("b", .info), .fired("c", .info))
    #expect(bench.take(.changed("b", .critical)) == ["pager: alert b"])
    #expect(bench.waiting(in: disk) == ["c"])
    #expect(bench.advance(by: .minutes(30)) == ["pager: followup c"])
  }

  @Test("a held alert that becomes more severe, but not more than the one already sent, keeps waiting")
  func heldWorseYetHeld() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", .critical))
    bench.take(.fired("b", .info))
    #expect(bench.take(.changed("b", .warning)) == [])
    #expect(bench.waiting(in: disk) == ["b"])
    #expect(bench.advance(by: .minutes(30)) == ["pager: followup b"])
  }

  @Test("a held alert that changes its category as it becomes more severe is sent once")
  func heldMoves() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", .warning, "disk"))
    bench.take(.fired("b", .info, "disk"))
    #expect(bench.take(.changed("b", .critical, "net")) == ["pager: alert b"])
    #expect(bench.lists == [:])
    #expect(bench.advance(by: .hours(2)) == [])
  }

  @Test("a held alert that changes its category without becoming more severe is sent when its hold ends")
  func heldMovesQuietly() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", .warning, "disk"))
    bench.take(.fired("b", .warning, "disk"))
    bench.take(.changed("b", .info, "net"))
    #expect(bench.advance(by: .minutes(30)) == ["pager: alert b"])
    #expect(bench.reasons == ["notify b: its hold no longer applies (routes[0])"])
  }

  @Test("a cooldown can apply per any list of category, source, severity and labels")
  func byList() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager"}], "cooldown": {"window": "1h", "by": ["source", "severity", "host"]}}"#
    )
    func alert(_ id: String, _ severity: Severity, _ source: SourceName, _ host: String?) -> Event {
      .fired(id, severity, id, from: source, labels: host.map { ["host": $0] } ?? [:])
    }
    #expect(bench.take(alert("a", .warning, "app", "h1")).count == 1)
    #expect(bench.take(alert("b", .warning, "app", "h1")).isEmpty)
    #expect(bench.take(alert("c", .info, "app", "h1")).count == 1)
    #expect(bench.take(alert("d", .warning, "db", "h1")).count == 1)
    #expect(bench.take(alert("e", .warning, "app", "h2")).count == 1)
    #expect(bench.take(alert("f", .warning, "app", nil)).count == 1)
    #expect(bench.take(alert("g", .warning, "app", "")).isEmpty)
  }

  @Test("two lists of values that look alike are two windows")
  func escaped() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager"}], "cooldown": {"window": "1h", "by": ["a", "b"]}}"#
    )
    bench.take(.fired("x", labels: ["a": "1,b=2", "b": "3"]))
    #expect(bench.take(.fired("y", labels: ["a": "1", "b": "2,b=3"])) == ["pager: alert y"])
  }

  @Test("a route's own cooldown has its own windows")
  func ownWindow() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"match": {"labels": {"team": "web"}}, "to": "pager", "cooldown": "5m"}, {"to": "mail"}],
       "cooldown": "30m"}
      """
    )
    bench.take(.fired("a", labels: ["team": "web"]))
    #expect(bench.take(.fired("b")) == ["mail: alert b"])
    bench.take(.fired("c", labels: ["team": "web"]), .fired("d"))
    #expect(bench.decisions.map(\.rule.path) == ["routes[0].cooldown", "cooldown"])
    #expect(bench.advance(by: .minutes(5)) == ["pager: followup c"])
    #expect(bench.advance(by: .minutes(25)) == ["mail: followup d"])
  }

  @Test("two routes with their own cooldowns hold an alert separately, and a shared channel gets it once")
  func heldTwice() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "cooldown": "10m", "continue": true},
       {"to": ["mail", "pager"], "cooldown": "20m"}]}
      """
    )
    bench.take(.fired("a"))
    bench.take(.fired("b"))
    #expect(bench.lists.count == 2)
    #expect(bench.advance(by: .minutes(10)) == ["pager: followup b"])
    #expect(bench.advance(by: .minutes(10)) == ["mail: followup b"])
  }

  @Test("0 turns a cooldown off, for a route or for all", arguments: ["0", #""0s""#, #"{"window": 0}"#])
  func off(zero: String) throws {
    var bench = try PolicyEnvironment(#"{"routes": [{"to": "pager"}], "cooldown": \#(zero)}"#)
    bench.take(.fired("a"))
    #expect(bench.take(.fired("b")) == ["pager: alert b"])
    #expect(bench.windows == [:])
    bench = try PolicyEnvironment(#"{"routes": [{"to": "pager", "cooldown": \#(zero)}]}"#)
    bench.take(.fired("a"))
    #expect(bench.take(.fired("b")) == ["pager: alert b"])
  }

  @Test("by default, a cooldown is half an hour per category")
  func byDefault() throws {
    var bench = try PolicyEnvironment(#"{"routes": [{"to": "pager"}]}"#)
    bench.take(.fired("a"))
    #expect(bench.take(.fired("b")) == [])
    #expect(bench.decisions.first?.rule.description == "cooldown, by default")
    #expect(bench.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .minutes(30)))
  }

  @Test("a window that ended holds nothing, even if its timer is late, and its alerts do not wait again")
  func lateTimer() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a"))
    bench.take(.fired("b"))
    bench.advanceBlindly(by: .minutes(31))
    #expect(bench.take(.fired("c")) == ["pager: alert c"])
    #expect(bench.advance(by: .zero) == ["pager: followup b"])
    #expect(bench.take(.fired("d")) == [])
    #expect(bench.advance(by: .minutes(30)) == ["pager: followup d"])
  }

  @Test("a window that was reopened before its late timer fired stays open")
  func lateTimerOfAnEmptyList() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a"))
    bench.advanceBlindly(by: .minutes(31))
    bench.take(.fired("c"))
    bench.advance(by: .minutes(1))
    #expect(bench.take(.fired("d")) == [])
    #expect(bench.advance(by: .minutes(29)) == ["pager: followup d"])
  }
}

@Suite("A cooldown during an edit of the file")
struct EditedCooldownTests {
  private func held() throws -> PolicyEnvironment {
    var bench = try PolicyEnvironment(#"{"routes": [{"to": "pager", "cooldown": "30m"}]}"#)
    bench.take(.fired("a"))
    bench.take(.fired("b"))
    return bench
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
  func toldByNewRules(text: String, told: [String]) throws {
    var bench = try held()
    try bench.edit(text)
    #expect(bench.advance(by: .minutes(30)) == told)
    #expect(bench.lists == [:])
  }

  @Test("moves held alerts to the digest of the new rules")
  func joinsDigest() throws {
    var bench = try held()
    try bench.edit(
      #"{"routes": [{"to": "pager", "cooldown": "30m"}], "mode": "digest", "digests": {"d": {"every": "2h", "to": "mail"}}}"#
    )
    #expect(bench.advance(by: .minutes(30)) == [])
    #expect(bench.waiting(in: .digest("d")) == ["b"])
    #expect(bench.advance(by: .hours(2)) == ["mail: digest d: b"])
  }

  @Test("does not send again what other routes already sent")
  func notAgain() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "cooldown": "30m", "continue": true}, {"to": "mail", "cooldown": 0}]}"#
    )
    bench.take(.fired("a"))
    #expect(bench.take(.fired("b")) == ["mail: alert b"])
    try bench.edit(#"{"routes": [{"to": ["pager", "mail"], "cooldown": 0}]}"#)
    #expect(bench.advance(by: .minutes(30)) == ["pager: alert b"])
  }
}
