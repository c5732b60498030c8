// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("New alerts")
struct NewnessTests {
  private let plain = #"{"routes": [{"to": "pager"}], "cooldown": 0}"#
  private let ends = #"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#

  @Test("are sent once, however often they are seen")
  func once() throws {
    var bench = try PolicyEnvironment(plain)
    #expect(bench.take(.fired("a")) == ["pager: alert a"])
    #expect(bench.reasons == ["notify a: new alert (routes[0])"])
    #expect(bench.take(.fired("a")) == [])
    #expect(bench.decisions == [])
  }

  @Test("are not sent again after a restart if the ledger knows them")
  func restart() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a"), .fired("b"))
    #expect(bench.take(.fired("a"), .fired("b"), .fired("c")) == ["pager: alert c"])
  }

  @Test("of two sources may have the same ID")
  func twoSources() throws {
    var bench = try PolicyEnvironment(plain)
    #expect(bench.take(.fired("a", from: "one"), .fired("a", from: "two")) == ["pager: alert a", "pager: alert a"])
  }

  @Test("that ended and fire again are sent again")
  func again() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a"))
    bench.take(.ended("a"))
    #expect(bench.take(.fired("a")) == ["pager: alert a"])
    #expect(bench.reasons == ["notify a: firing again (routes[0])"])
  }

  @Test("that change without becoming more severe are recorded and not sent")
  func changed() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", .warning))
    #expect(bench.take(.changed("a", .warning, title: "other")) == [])
    #expect(bench.take(.changed("a", .info, title: "other")) == [])
    #expect(bench.decisions == [])
    #expect(bench.alerts[Alert.test("a").key]?.alert.severity == .info)
  }

  @Test("that become more severe are sent again, with the change")
  func worse() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", .warning))
    #expect(bench.take(.changed("a", .critical)) == ["pager: alert a"])
    #expect(bench.reasons == ["notify a: warning → critical (routes[0])"])
    #expect(bench.deliveries.first?.reason == "warning → critical")
  }

  @Test("that get better and then as bad as before are already known")
  func asBadAsBefore() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a", .critical))
    bench.take(.changed("a", .warning))
    #expect(bench.take(.changed("a", .critical)) == [])
    #expect(bench.reasons == ["suppress a: warning → critical; already sent there (routes[0])"])
  }

  @Test("start with a change if nobody knows them")
  func changedUnknown() throws {
    var bench = try PolicyEnvironment(plain)
    #expect(bench.take(.changed("a")) == ["pager: alert a"])
  }

  @Test("have their end sent where their start was, if the route says so")
  func endTold() throws {
    var bench = try PolicyEnvironment(ends)
    bench.take(.fired("a"))
    let told = bench.deliveries.map(\.id)
    #expect(bench.take(.ended("a")) == ["pager: resolved a"])
    #expect(bench.deliveries.first?.follows == told)
    #expect(bench.reasons == ["notify a: resolved (routes[0].resolved)"])
  }

  @Test("have an end that follows everything sent about the alert on the channel")
  func endFollowsAll() throws {
    var bench = try PolicyEnvironment(ends)
    bench.take(.fired("a"))
    var told = bench.deliveries.map(\.id)
    bench.take(.changed("a", .critical))
    told += bench.deliveries.map(\.id)
    bench.take(.ended("a"))
    #expect(bench.deliveries.first?.follows == told)
  }

  @Test("have their end sent only on the channels of routes that say so")
  func endOnSomeChannels() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "resolved": true, "continue": true}, {"to": "mail"}], "cooldown": 0}"#
    )
    #expect(bench.take(.fired("a")) == ["pager: alert a", "mail: alert a"])
    #expect(bench.take(.ended("a")) == ["pager: resolved a"])
  }

  @Test("have their end sent if only the second route says so")
  func endOnSecondRoute() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "continue": true}, {"to": "mail", "resolved": true}], "cooldown": 0}"#
    )
    bench.take(.fired("a"))
    #expect(bench.take(.ended("a")) == ["mail: resolved a"])
  }

  @Test("have their end sent by all routes that say so")
  func endOnAllRoutes() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "resolved": true, "continue": true}, {"to": ["mail", "pager"], "resolved": true}],
       "cooldown": 0}
      """
    )
    bench.take(.fired("a"))
    #expect(bench.take(.ended("a")) == ["pager: resolved a", "mail: resolved a"])
  }

  @Test("have their end sent to the recipients of a summary too")
  func endAfterBurst() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "mail", "resolved": true}], "cooldown": 0, "burst": {"over": 1, "to": "pager"}}"#
    )
    #expect(bench.take(.fired("a"), .fired("b")) == ["pager: burst a b"])
    #expect(bench.take(.ended("a")) == ["pager: resolved a"])
  }

  @Test("sent as critical have their end sent there, even if they were only a warning in the end")
  func improved() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "pager", "resolved": true}, {"to": "mail", "resolved": true}],
       "cooldown": 0}
      """
    )
    bench.take(.fired("a", .critical))
    bench.take(.changed("a", .warning))
    #expect(bench.take(.ended("a")) == ["pager: resolved a"])
  }

  @Test("sent as a warning have their end sent there, even if they were critical in the end")
  func worsened() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "pager", "resolved": true}, {"to": "mail", "resolved": true}],
       "cooldown": 0}
      """
    )
    bench.take(.fired("a", .warning))
    bench.take(.changed("a", .critical))
    #expect(bench.take(.ended("a")).sorted() == ["mail: resolved a", "pager: resolved a"])
  }

  @Test("do not have their end sent if the route does not say so")
  func endNotAsked() throws {
    var bench = try PolicyEnvironment(plain)
    bench.take(.fired("a"))
    #expect(bench.take(.ended("a")) == [])
    #expect(bench.reasons == ["suppress a: resolved; none of its routes sends resolutions (routes[0])"])
  }

  @Test("that were never sent are not sent as resolved")
  func endOfUntold() throws {
    var bench = try PolicyEnvironment(#"{"routes": [{"to": "pager", "resolved": true}]}"#)
    bench.take(.fired("a"))
    bench.take(.fired("b"))
    #expect(bench.take(.ended("b")) == [])
    #expect(bench.reasons == ["suppress b: resolved while held by its cooldown (routes[0])"])
  }

  @Test("that are not active have no end", arguments: [false, true])
  func endOfUnknown(isKnown: Bool) throws {
    var bench = try PolicyEnvironment(ends)
    if isKnown {
      bench.take(.fired("a"))
      bench.take(.ended("a"))
    }
    #expect(bench.take(.ended("a")) == [])
    #expect(bench.decisions == [])
  }

  @Test("that come at once are sent by severity, then by ID, ends first")
  func order() throws {
    var bench = try PolicyEnvironment(ends)
    bench.take(.fired("old"))
    let told = bench.take(
      .fired("z", .critical),
      .fired("b", .odd),
      .fired("c", .info),
      .changed("old", .critical),
      .fired("b2", .warning),
      .fired("a", .warning),
      .fired("a1", .critical)
    )
    #expect(told.map { $0.split(separator: " ").last } == ["a1", "old", "z", "a", "b2", "c", "b"])
    #expect(bench.take(.fired("new", .critical), .ended("old")) == ["pager: resolved old", "pager: alert new"])
  }

  @Test(
    "that one batch mentions twice are processed in its order",
    arguments: [
      ([Event.fired("a"), .ended("a"), .fired("a")], ["pager: alert a"]),
      ([.fired("a"), .ended("a")], []),
      ([.fired("old"), .ended("old"), .fired("old")], ["pager: resolved old", "pager: alert old"]),
      ([.changed("old", .critical), .ended("old")], ["pager: resolved old"]),
    ]
  )
  func twiceInABatch(events: [Event], told: [String]) throws {
    var bench = try PolicyEnvironment(ends)
    bench.take(.fired("old"))
    #expect(bench.take(events) == told)
  }
}

@Suite("Alerts from the command line")
struct ExpiryTests {
  private let ends = #"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#
  private let key = AlertKey(source: .command, id: "a")

  @Test("end after a day if nobody sends them again")
  func expires() throws {
    var bench = try PolicyEnvironment(ends)
    bench.take(.fired("a", from: .command))
    #expect(bench.advance(by: .hours(23)) == [])
    #expect(bench.advance(by: .hours(1)) == ["pager: resolved a"])
    #expect(bench.reasons == ["notify a: not sent again for 1d (routes[0].resolved)"])
    #expect(bench.alerts[key]?.isActive == false)
    #expect(bench.timers == [:])
  }

  @Test("live a day longer if they are sent again", arguments: ["T", "another title"])
  func extended(title: String) throws {
    var bench = try PolicyEnvironment(ends)
    bench.take(.fired("a", from: .command))
    bench.advance(by: .hours(20))
    bench.take(.fired("a", from: .command, title: title))
    bench.advance(by: .hours(23))
    #expect(bench.alerts[key]?.isActive == true)
    #expect(bench.advance(by: .hours(1)) == ["pager: resolved a"])
  }

  @Test("have no timer left once they are resolved")
  func ended() throws {
    var bench = try PolicyEnvironment(ends)
    bench.take(.fired("a", from: .command))
    bench.take(.ended("a", from: .command))
    #expect(bench.timers == [:])
  }

  @Test("do not end by themselves if a source keeps them active")
  func sources() throws {
    var bench = try PolicyEnvironment(ends)
    bench.take(.fired("a", from: "app"))
    #expect(bench.timers == [:])
  }
}
