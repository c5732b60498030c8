// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

// The test starts on a Friday at 08:00 UTC.
@Suite("Quiet hours")
struct QuietTests {
  private let route = """
    {"routes": [{"to": ["pager", "mail"], "resolved": true,
     "quiet": {"from": "08:00", "to": "10:00", "except": "critical"}}], "cooldown": 0}
    """

  @Test("hold alerts until one message at their end; exceptions are sent at once")
  func ofRoute() throws {
    var environment = try PolicyEnvironment(route)
    #expect(environment.take(.fired("a"), .fired("b"), .fired("c", .critical)) == ["pager: alert c", "mail: alert c"])
    #expect(environment.reasons.contains("hold a: new alert; quiet hours of the route (routes[0].quiet)"))
    #expect(environment.alerts[Alert.test("a").key]?.standing == .muted)
    #expect(environment.advance(by: .hours(2)) == ["mail: followup a b", "pager: followup a b"])
    #expect(environment.deliveries.first?.reason == "quiet hours ended")
    #expect(environment.take(.fired("d")) == ["pager: alert d", "mail: alert d"])
  }

  @Test("do not hold an alert that becomes critical")
  func becomesCritical() throws {
    var environment = try PolicyEnvironment(route)
    environment.take(.fired("a"))
    #expect(environment.take(.changed(.test("a", .critical))) == ["pager: alert a", "mail: alert a"])
    #expect(environment.advance(by: .hours(3)) == [])
    #expect(environment.lists == [:])
  }

  @Test("count alerts that came and went, and send nothing for those alone")
  func cameAndWent() throws {
    var environment = try PolicyEnvironment(route)
    environment.take(.fired("a"), .fired("b"))
    environment.take(.ended("a"))
    #expect(environment.reasons == ["suppress a: resolved while held by quiet hours (routes[0])"])
    #expect(environment.advance(by: .hours(2)) == ["mail: followup b +1", "pager: followup b +1"])
  }

  @Test("of a channel hold its alerts, and nothing else")
  func ofChannel() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": ["pager", "mail"], "resolved": true}], "cooldown": 0}"#,
      quiet: ["pager": #"{"from": "08:00", "to": "09:00"}"#]
    )
    #expect(environment.take(.fired("a", .critical)) == ["mail: alert a"])
    #expect(environment.reasons.first == "hold a: new alert; quiet hours of pager (channels.pager.quiet)")
    #expect(environment.advance(by: .hours(1)) == ["pager: followup a"])
    #expect(environment.take(.ended("a")) == ["mail: resolved a", "pager: resolved a"])
  }

  @Test("hold the end of an alert until they are over")
  func lateEnd() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "resolved": true, "quiet": {"from": "09:00", "to": "10:00"}}], "cooldown": 0}
      """
    )
    environment.take(.fired("a"), .fired("b"))
    environment.advance(by: .hours(1))
    #expect(environment.take(.ended("a")) == [])
    environment.take(.ended("b"))
    #expect(environment.advance(by: .hours(1)) == ["pager: group a b"])
    #expect(environment.deliveries.first?.flags.values.allSatisfy(\.isResolved) == true)
  }

  @Test("start a cooldown when they end, which holds similar alerts")
  func thenCooldown() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "quiet": {"from": "08:00", "to": "10:00"}}], "cooldown": "30m"}"#
    )
    environment.take(.fired("a"), .fired("b"))
    #expect(environment.advance(by: .hours(2)) == ["pager: followup a b"])
    #expect(environment.take(.fired("c")) == [])
    #expect(environment.advance(by: .minutes(30)) == ["pager: followup c"])
  }

  @Test("come first on a route with groups, then the groups")
  func thenGroups() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "quiet": {"from": "08:00", "to": "10:00"}, "group": {"by": "host", "wait": "30s"}}]}
      """
    )
    environment.take(
      .fired("a", labels: ["host": "x"]),
      .fired("b", labels: ["host": "y"]),
      .fired("c", labels: ["host": "x"])
    )
    #expect(environment.advance(by: .hours(2)) == [])
    #expect(environment.advance(by: .seconds(30)).sorted() == ["pager: group a c", "pager: group b"])
  }

  @Test("have the days on which they start, in their time zone")
  func days() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "quiet": {"from": "17:00", "to": "08:00", "days": "fri", "timezone": "Asia/Kathmandu"}}],
       "cooldown": 0}
      """
    )
    // 13:45 in Kathmandu.
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    environment.advance(by: .minutes(4 * 60))
    #expect(environment.take(.fired("b")) == [])
    #expect(environment.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .minutes(18 * 60 + 15)))
    environment.advance(by: .hours(24))
    #expect(environment.take(.fired("c")) == ["pager: alert c"])
  }

  @Test("of a list hold by any of its entries, each with its own exceptions, until the last of them ends")
  func several() throws {
    var environment = try PolicyEnvironment(
      """
      {"times": {"early": [{"from": "08:30", "to": "10:00"}, {"days": "sun"}]},
       "routes": [{"to": "pager", "quiet": [{"from": "08:00", "to": "09:00", "except": "critical"}, "early"]}],
       "cooldown": 0}
      """
    )
    #expect(environment.take(.fired("a"), .fired("b", .critical)) == ["pager: alert b"])
    #expect(environment.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .hours(2)))
    #expect(environment.decisions.first?.rule.path == "routes[0].quiet[0]")
    environment.advance(by: .minutes(45))
    #expect(environment.take(.fired("c", .critical)) == [])
    #expect(environment.decisions.first?.rule.path == "routes[0].quiet[1]")
    #expect(environment.advance(by: .minutes(75)) == ["pager: followup c a"])
  }

  @Test("are all the time outside of active hours")
  func only() throws {
    var environment = try PolicyEnvironment(
      """
      {"times": {"office": {"days": "mon-fri", "from": "09:00", "to": "17:00"}},
       "routes": [{"to": "pager", "only": {"times": "office", "except": "critical"}, "resolved": true}], "cooldown": 0}
      """
    )
    #expect(environment.take(.fired("a"), .fired("b", .critical)) == ["pager: alert b"])
    #expect(environment.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .hours(1)))
    #expect(environment.reasons.first == "hold a: new alert; quiet hours of the route (routes[0].only)")
    #expect(environment.advance(by: .hours(1)) == ["pager: followup a"])
    #expect(environment.take(.fired("c")) == ["pager: alert c"])
    // Friday 17:00: they begin again on Monday at 09:00.
    environment.advance(by: .hours(8))
    #expect(environment.take(.ended("c")) == [])
    #expect(environment.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .hours(73)))
    #expect(environment.advance(by: .hours(64)) == ["pager: resolved c"])
  }

  @Test("may be in the active hours, and last until both let an alert pass")
  func both() throws {
    var environment = try PolicyEnvironment(
      """
      {"times": {"office": {"days": "mon-fri", "from": "09:00", "to": "17:00"}, "holidays": {"dates": "2027-01-18"}},
       "routes": [{"to": "pager", "only": "office", "quiet": ["holidays", {"from": "12:00", "to": "13:00"}]}],
       "cooldown": 0}
      """
    )
    environment.advance(by: .hours(4))
    #expect(environment.take(.fired("a")) == [])
    #expect(environment.decisions.first?.rule.path == "routes[0].quiet[1]")
    #expect(environment.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .hours(5)))
    #expect(environment.advance(by: .hours(1)) == ["pager: followup a"])
    environment.advance(by: .hours(4))
    #expect(environment.take(.fired("b")) == [])
    #expect(environment.decisions.first?.rule.path == "routes[0].only")
    // The Monday is a holiday.
    #expect(environment.decisions.first?.outcome == .hold(until: PolicyEnvironment.start + .hours(97)))
    #expect(environment.advance(by: .hours(88)) == ["pager: followup b"])
  }
}
