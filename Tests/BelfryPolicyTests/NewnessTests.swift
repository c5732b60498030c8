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
    var environment = try PolicyEnvironment(plain)
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    #expect(environment.reasons == ["notify a: new alert (routes[0])"])
    #expect(environment.take(.fired("a")) == [])
    #expect(environment.decisions == [])
  }

  @Test("are not sent again after a restart if the ledger knows them")
  func restart() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"), .fired("b"))
    #expect(environment.take(.fired("a"), .fired("b"), .fired("c")) == ["pager: alert c"])
  }

  @Test("change once without a message when their annotations come or change")
  func annotations() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    var alert = Alert.test("a")
    for value in ["1", "2"] {
      alert.annotations = ["value": value]
      #expect(environment.take(.changed(alert)) == [])
      #expect(environment.alerts[alert.key]?.alert.annotations == ["value": value])
    }
    #expect(environment.decisions == [])
  }

  @Test("of two sources may have the same ID")
  func twoSources() throws {
    var environment = try PolicyEnvironment(plain)
    #expect(
      environment.take(.fired("a", from: "one"), .fired("a", from: "two")) == ["pager: alert a", "pager: alert a"]
    )
  }

  @Test("that ended and fire again are sent again")
  func again() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    environment.take(.ended("a"))
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    #expect(environment.reasons == ["notify a: firing again (routes[0])"])
  }

  @Test("that change without becoming more severe are recorded and not sent")
  func changed() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", .warning))
    #expect(environment.take(.changed(.test("a", .warning, title: "other"))) == [])
    #expect(environment.take(.changed(.test("a", .info, title: "other"))) == [])
    #expect(environment.decisions == [])
    #expect(environment.alerts[Alert.test("a").key]?.alert.severity == .info)
  }

  @Test("that become more severe are sent again, with the change")
  func worse() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", .warning))
    #expect(environment.take(.changed(.test("a", .critical))) == ["pager: alert a"])
    #expect(environment.reasons == ["notify a: warning → critical (routes[0])"])
    #expect(environment.deliveries.first?.reason == "warning → critical")
  }

  @Test("that get better and then as bad as before are already known")
  func asBadAsBefore() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a", .critical))
    environment.take(.changed(.test("a", .warning)))
    #expect(environment.take(.changed(.test("a", .critical))) == [])
    #expect(environment.reasons == ["suppress a: warning → critical; already sent there (routes[0])"])
  }

  @Test("start with a change if nobody knows them")
  func changedUnknown() throws {
    var environment = try PolicyEnvironment(plain)
    #expect(environment.take(.changed(.test("a"))) == ["pager: alert a"])
  }

  @Test("have their end sent where their start was, if the route says so")
  func endSent() throws {
    var environment = try PolicyEnvironment(ends)
    environment.take(.fired("a"))
    let sent = environment.deliveries.map(\.id)
    #expect(environment.take(.ended("a")) == ["pager: resolved a"])
    #expect(environment.deliveries.first?.follows == sent)
    #expect(environment.reasons == ["notify a: resolved (routes[0].resolved)"])
  }

  @Test("have an end that follows everything sent about the alert on the channel")
  func endFollowsAll() throws {
    var environment = try PolicyEnvironment(ends)
    environment.take(.fired("a"))
    var sent = environment.deliveries.map(\.id)
    environment.take(.changed(.test("a", .critical)))
    sent += environment.deliveries.map(\.id)
    environment.take(.ended("a"))
    #expect(environment.deliveries.first?.follows == sent)
  }

  @Test("have their end sent only on the channels of routes that say so")
  func endOnSomeChannels() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "resolved": true, "continue": true}, {"to": "mail"}], "cooldown": 0}"#
    )
    #expect(environment.take(.fired("a")) == ["pager: alert a", "mail: alert a"])
    #expect(environment.take(.ended("a")) == ["pager: resolved a"])
  }

  @Test("have their end sent if only the second route says so")
  func endOnSecondRoute() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "continue": true}, {"to": "mail", "resolved": true}], "cooldown": 0}"#
    )
    environment.take(.fired("a"))
    #expect(environment.take(.ended("a")) == ["mail: resolved a"])
  }

  @Test("have their end sent by all routes that say so")
  func endOnAllRoutes() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "resolved": true, "continue": true}, {"to": ["mail", "pager"], "resolved": true}],
       "cooldown": 0}
      """
    )
    environment.take(.fired("a"))
    #expect(environment.take(.ended("a")) == ["pager: resolved a", "mail: resolved a"])
  }

  @Test("have their end sent to the recipients of a summary too")
  func endAfterBurst() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "mail", "resolved": true}], "cooldown": 0, "burst": {"over": 1, "to": "pager"}}"#
    )
    #expect(environment.take(.fired("a"), .fired("b")) == ["pager: burst a b"])
    #expect(environment.take(.ended("a")) == ["pager: resolved a"])
  }

  @Test("sent as critical have their end sent there, even if they were only a warning in the end")
  func improved() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "pager", "resolved": true}, {"to": "mail", "resolved": true}],
       "cooldown": 0}
      """
    )
    environment.take(.fired("a", .critical))
    environment.take(.changed(.test("a", .warning)))
    #expect(environment.take(.ended("a")) == ["pager: resolved a"])
  }

  @Test("sent as a warning have their end sent there, even if they were critical in the end")
  func worsened() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "pager", "resolved": true}, {"to": "mail", "resolved": true}],
       "cooldown": 0}
      """
    )
    environment.take(.fired("a", .warning))
    environment.take(.changed(.test("a", .critical)))
    #expect(environment.take(.ended("a")).sorted() == ["mail: resolved a", "pager: resolved a"])
  }

  @Test("do not have their end sent if the route does not say so")
  func endNotAsked() throws {
    var environment = try PolicyEnvironment(plain)
    environment.take(.fired("a"))
    #expect(environment.take(.ended("a")) == [])
    #expect(environment.reasons == ["suppress a: resolved; none of its routes sends resolutions (routes[0])"])
  }

  @Test("that were never sent are not sent as resolved")
  func endOfUntold() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "resolved": true}]}"#)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    #expect(environment.take(.ended("b")) == [])
    #expect(environment.reasons == ["suppress b: resolved while held by its cooldown (routes[0])"])
  }

  @Test("that are not active have no end", arguments: [false, true])
  func endOfUnknown(isKnown: Bool) throws {
    var environment = try PolicyEnvironment(ends)
    if isKnown {
      environment.take(.fired("a"))
      environment.take(.ended("a"))
    }
    #expect(environment.take(.ended("a")) == [])
    #expect(environment.decisions == [])
  }

  @Test("that come at once are sent by severity, then by ID, ends first")
  func order() throws {
    var environment = try PolicyEnvironment(ends)
    environment.take(.fired("old"))
    let sent = environment.take(
      .fired("z", .critical),
      .fired("b", .odd),
      .fired("c", .info),
      .changed(.test("old", .critical)),
      .fired("b2", .warning),
      .fired("a", .warning),
      .fired("a1", .critical)
    )
    #expect(sent.map { $0.split(separator: " ").last } == ["a1", "old", "z", "a", "b2", "c", "b"])
    #expect(environment.take(.fired("new", .critical), .ended("old")) == ["pager: resolved old", "pager: alert new"])
  }

  @Test(
    "that one batch mentions twice are processed in its order",
    arguments: [
      ([Event.fired("a"), .ended("a"), .fired("a")], ["pager: alert a"]),
      ([.fired("a"), .ended("a")], []),
      ([.fired("old"), .ended("old"), .fired("old")], ["pager: resolved old", "pager: alert old"]),
      ([.changed(.test("old", .critical)), .ended("old")], ["pager: resolved old"]),
    ]
  )
  func twiceInABatch(events: [Event], sent: [String]) throws {
    var environment = try PolicyEnvironment(ends)
    environment.take(.fired("old"))
    #expect(environment.take(events) == sent)
  }
}

@Suite("Alerts from the command line")
struct ExpiryTests {
  private let ends = #"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#
  private let key = AlertKey(source: .command, id: "a")

  @Test("end after a day if nobody sends them again")
  func expires() throws {
    var environment = try PolicyEnvironment(ends)
    environment.take(.fired("a", from: .command))
    #expect(environment.advance(by: .hours(23)) == [])
    #expect(environment.advance(by: .hours(1)) == ["pager: resolved a"])
    #expect(environment.reasons == ["notify a: not sent again for 1d (routes[0].resolved)"])
    #expect(environment.alerts[key]?.isActive == false)
    #expect(environment.timers == [:])
  }

  @Test("live a day longer if they are sent again", arguments: ["T", "another title"])
  func extended(title: String) throws {
    var environment = try PolicyEnvironment(ends)
    environment.take(.fired("a", from: .command))
    environment.advance(by: .hours(20))
    environment.take(.fired("a", from: .command, title: title))
    environment.advance(by: .hours(23))
    #expect(environment.alerts[key]?.isActive == true)
    #expect(environment.advance(by: .hours(1)) == ["pager: resolved a"])
  }

  @Test("have no timer left once they are resolved")
  func ended() throws {
    var environment = try PolicyEnvironment(ends)
    environment.take(.fired("a", from: .command))
    environment.take(.ended("a", from: .command))
    #expect(environment.timers == [:])
  }

  @Test("do not end by themselves if a source keeps them active")
  func sources() throws {
    var environment = try PolicyEnvironment(ends)
    environment.take(.fired("a", from: "app"))
    #expect(environment.timers == [:])
  }
}
