// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Burst")
struct BurstTests {
  private let plain = #"{"routes": [{"to": "mail"}], "cooldown": 0, "burst": {"over": 2, "to": "pager"}}"#

  @Test("alerts up to the limit are sent separately, more become one summary", arguments: 1...4)
  func over(count: Int) throws {
    var environment = try PolicyEnvironment(plain)
    let ids = (1...count).map { "a\($0)" }
    let sent = environment.take(ids.map { .fired($0) })
    #expect(sent == (count <= 2 ? ids.map { "mail: alert \($0)" } : ["pager: burst " + ids.joined(separator: " ")]))
  }

  @Test("the summary lists the most severe first, and has its severity")
  func order() throws {
    var environment = try PolicyEnvironment(plain)
    #expect(environment.take(.fired("a", .info), .fired("b", .critical), .fired("c")) == ["pager: burst b c a"])
    #expect(environment.deliveries.first?.severity == .critical)
    #expect(environment.deliveries.first?.reason == "3 alerts at once")
    #expect(environment.deliveries.first?.route == "burst")
    #expect(environment.reasons.first == "notify b: new alert; one of 3 at once, sent in one summary (burst)")
  }

  @Test("a summary without its own channels goes to each channel with that channel's alerts")
  func perChannel() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": ["pager", "mail"]},
       {"match": {"severity": "info"}, "to": "journal"}, {"to": "mail"}], "cooldown": 0, "burst": {"over": 2}}
      """
    )
    #expect(
      environment.take(.fired("a", .critical), .fired("b", .critical), .fired("c"), .fired("d", .info)) == [
        "journal: alert d", "mail: burst a b c", "pager: burst a b",
      ]
    )
  }

  @Test("an alert that goes to several channels counts once")
  func fanOut() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": ["mail", "journal"], "continue": true}, {"to": "pager"}], "cooldown": 0, "burst": {"over": 2}}"#
    )
    #expect(environment.take(.fired("a"), .fired("b")).count == 6)
    #expect(
      environment.take(.fired("c"), .fired("d"), .fired("e")) == [
        "journal: burst c d e", "mail: burst c d e", "pager: burst c d e",
      ]
    )
  }

  @Test("a summary lists an alert of two routes once, with one decision")
  func twoRoutes() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "mail", "continue": true}, {"to": "journal"}], "cooldown": 0, "burst": {"over": 1, "to": "pager"}}"#
    )
    #expect(environment.take(.fired("a"), .fired("b")) == ["pager: burst a b"])
    #expect(environment.decisions.map(\.alert.id) == ["a", "b"])
  }

  @Test("a route's own burst counts only that route's alerts")
  func ownBurst() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"category": "disk"}, "to": "mail", "burst": {"over": 1}}, {"to": "journal"}],
       "cooldown": 0, "burst": {"over": 2, "to": "pager"}}
      """
    )
    #expect(
      environment.take(.fired("a"), .fired("b"), .fired("c", .critical, "net"), .fired("d", .warning, "net")) == [
        "mail: burst a b", "journal: alert c", "journal: alert d",
      ]
    )
    #expect(environment.deliveries.first?.route == "routes[0].burst")
  }

  @Test("an alert in a channel's summary is not also sent there separately")
  func summaryAndAlone() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "mail", "burst": {"over": 1}, "continue": true}, {"to": ["mail", "journal"]}], "cooldown": 0}"#
    )
    #expect(environment.take(.fired("a"), .fired("b")) == ["mail: burst a b", "journal: alert a", "journal: alert b"])
  }

  @Test("a summary starts the cooldown of every category in it")
  func stamps() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "mail"}], "burst": {"over": 1, "to": "pager"}}"#)
    environment.take(.fired("a", .warning, "x"), .fired("b", .warning, "y"))
    #expect(environment.take(.fired("c", .warning, "x")) == [])
    #expect(environment.take(.fired("d", .warning, "y")) == [])
    #expect(environment.take(.fired("e", .warning, "z")) == ["mail: alert e"])
  }

  @Test("alerts held by a cooldown do not count")
  func afterCooldown() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "mail"}], "burst": {"over": 2, "to": "pager"}}"#)
    environment.take(.fired("a", .warning, "x"))
    #expect(
      environment.take(.fired("b", .warning, "x"), .fired("c", .warning, "y"), .fired("d", .warning, "z")) == [
        "mail: alert c", "mail: alert d",
      ]
    )
  }

  @Test("one batch after the other is not a burst")
  func batches() throws {
    var environment = try PolicyEnvironment(plain)
    #expect(environment.take(.fired("a"), .fired("b")).count == 2)
    #expect(environment.take(.fired("c")) == ["mail: alert c"])
  }
}

@Suite("Bursts over a period")
struct SlidingBurstTests {
  private let file = """
    {"routes": [{"to": "mail"}], "cooldown": 0, "burst": {"over": 2, "within": "60s", "to": "pager", "except": "critical"}}
    """

  @Test("alerts that come one by one are a burst if there are too many in a short time; it lists them all")
  func slides() throws {
    var environment = try PolicyEnvironment(file)
    #expect(environment.take(.fired("a")) == ["mail: alert a"])
    environment.advance(by: .seconds(20))
    #expect(environment.take(.fired("b")) == ["mail: alert b"])
    environment.advance(by: .seconds(20))
    #expect(environment.take(.fired("c")) == ["pager: burst a b c"])
    #expect(environment.deliveries.first?.reason == "3 alerts at once")
  }

  @Test("alerts that come slowly are not a burst, and leave nothing behind")
  func slow() throws {
    var environment = try PolicyEnvironment(file)
    for id in ["a", "b", "c", "d"] {
      #expect(environment.take(.fired(id)) == ["mail: alert \(id)"])
      environment.advance(by: .seconds(31))
    }
    environment.advance(by: .minutes(2))
    #expect(environment.entries == [:])
    #expect(environment.timers == [:])
  }

  @Test("new alerts during a burst are sent in one update after the summary")
  func goesOn() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"), .fired("b"), .fired("c"))
    let summary = environment.deliveries.map(\.id)
    environment.advance(by: .seconds(10))
    #expect(environment.take(.fired("d"), .fired("e")) == [])
    #expect(environment.reasons.first == "hold d: new alert; waits for the next update of the burst (burst)")
    #expect(environment.alerts[Alert.test("d").key]?.standing == .waiting)
    environment.take(.fired("f"))
    environment.take(.ended("f"))
    #expect(environment.advance(by: .seconds(50)) == ["pager: burst d e"])
    #expect(environment.deliveries.first?.follows == summary)
    #expect(environment.deliveries.first?.reason == "the burst continues: 2 more, 5 in total")
    #expect(environment.advance(by: .seconds(59)) == [])
    #expect(environment.take(.fired("g")) == [])
    #expect(environment.advance(by: .seconds(1)) == ["pager: burst g"])
  }

  @Test("a period without news ends it")
  func ends() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"), .fired("b"), .fired("c"))
    #expect(environment.advance(by: .seconds(60)) == [])
    #expect(environment.take(.fired("d")) == ["mail: alert d"])
    environment.advance(by: .minutes(2))
    #expect(environment.entries == [:])
    #expect(environment.lists == [:])
  }

  @Test("an excepted alert is sent separately and not counted, also during a burst")
  func except() throws {
    var environment = try PolicyEnvironment(file)
    #expect(environment.take(.fired("a"), .fired("b"), .fired("x", .critical)).count == 3)
    environment.take(.fired("c"))
    #expect(environment.take(.fired("y", .critical)) == ["mail: alert y"])
  }

  @Test("a burst per channel lists that channel's alerts, without those it already knows")
  func ownChannels() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "mail"}], "cooldown": 0, "burst": {"over": 2, "within": "60s"}}"#
    )
    environment.take(.fired("a"), .fired("b"))
    #expect(environment.take(.fired("c")) == ["mail: alert c"])
  }

  @Test("many resolved alerts at once are one message")
  func manyEnds() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "mail", "resolved": true}], "cooldown": 0, "burst": {"over": 2}}"#
    )
    environment.take(.fired("a"), .fired("b"), .fired("c"))
    #expect(environment.take(.ended("a"), .ended("b")) == ["mail: resolved a", "mail: resolved b"])
    environment.take(.fired("a"), .fired("b"))
    #expect(environment.take(.ended("a"), .ended("b"), .ended("c")) == ["mail: group a b c"])
    #expect(environment.deliveries.first?.flags.count == 3)
  }
}
