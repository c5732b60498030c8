// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Where alerts go")
struct RoutingStageTests {
  @Test("the first route that matches takes the alert")
  func first() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"match": {"severity": "critical"}, "to": "pager"}, {"to": "mail"}], "cooldown": 0}"#
    )
    #expect(environment.take(.fired("a", .critical)) == ["pager: alert a"])
    #expect(environment.take(.fired("b", .info)) == ["mail: alert b"])
    #expect(environment.deliveries.first?.route == "routes[1]")
  }

  @Test("a route that continues lets the next one match too")
  func continues() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "journal", "continue": true}, {"match": {"severity": "critical"}, "to": "pager"},
       {"to": "mail"}], "cooldown": 0}
      """
    )
    #expect(environment.take(.fired("a", .critical)) == ["journal: alert a", "pager: alert a"])
    #expect(environment.take(.fired("b", .info)) == ["journal: alert b", "mail: alert b"])
  }

  @Test("a route may lead to several channels, each one delivery")
  func fanOut() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": ["pager", "mail", "pager"]}], "cooldown": 0}"#)
    #expect(environment.take(.fired("a")) == ["pager: alert a", "mail: alert a"])
    #expect(Set(environment.deliveries.map(\.id)).count == 2)
    #expect(environment.decisions.map(\.outcome) == [.notify(["pager", "mail"])])
  }

  @Test("a channel of two routes gets it once")
  func sameChannel() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "continue": true}, {"to": ["pager", "mail"], "continue": true}, {"to": "mail"}], "cooldown": 0}"#
    )
    #expect(environment.take(.fired("a")) == ["pager: alert a", "mail: alert a"])
    #expect(
      environment.reasons == [
        "notify a: new alert (routes[0])", "notify a: new alert (routes[1])",
        "suppress a: new alert; an earlier route sent it there (routes[2])",
      ]
    )
  }

  @Test("a message names the route that sent all of it, however its file is edited")
  func identity() throws {
    let routes = #"{"match": {"severity": "critical"}, "to": "pager", "burst": {"over": 1}}, {"to": "mail"}"#
    var environment = try PolicyEnvironment("{\"routes\": [\(routes)], \"cooldown\": 0}")
    let table = environment.policy.rules.table
    environment.take(.fired("a", .critical), .fired("b", .critical), .fired("c", .info))
    #expect(environment.deliveries.map(\.routeIdentity) == table.routes.map(\.identity))
    try environment.edit(
      "{\"routes\": [{\"match\": {\"source\": \"x\"}, \"to\": \"journal\"}, \(routes)], \"cooldown\": 0}"
    )
    environment.take(.fired("d", .info))
    #expect(environment.deliveries.map(\.route) == ["routes[2]"])
    #expect(environment.deliveries.map(\.routeIdentity) == [table.routes[1].identity])
  }

  @Test("a summary of several routes names none of them")
  func severalRoutes() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "pager"}, {"to": "mail"}], "cooldown": 0,
       "burst": {"over": 1, "to": "journal"}}
      """
    )
    #expect(environment.take(.fired("a", .critical), .fired("b", .info)) == ["journal: burst a b"])
    #expect(environment.deliveries.map(\.routeIdentity) == [""])
  }

  @Test("each channel of a route is sent resolutions as it says, otherwise as the route says")
  func resolvedByChannel() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [
        {"match": {"category": "disk"}, "to": ["pager", {"channel": "mail", "resolved": false}, {"channel": "journal"}],
         "resolved": true, "routes": {"match": {"severity": "info"}, "resolved": false}},
        {"to": [{"channel": "pager", "resolved": true}, "mail"]}], "cooldown": 0}
      """
    )
    environment.take(.fired("a"), .fired("b", .info), .fired("c", .warning, "cpu"))
    #expect(environment.take(.ended("a")) == ["pager: resolved a", "journal: resolved a"])
    #expect(environment.take(.ended("b")) == [])
    #expect(environment.take(.ended("c")) == ["pager: resolved c"])
    let explanation = environment.policy.explain(.test("a"), at: environment.now)
    #expect(
      explanation.steps[0].throttles.map(\.text).filter { $0.hasPrefix("resolved") } == [
        "resolved: sent to pager, journal when it resolves"
      ]
    )
  }

  @Test("a channel that is not sent resolutions still learns that an alert no longer flaps")
  func settledByChannel() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": {"to": ["pager", {"channel": "mail", "resolved": false}], "resolved": true}, "cooldown": 0, "flapping": {"over": 2, "within": "10m"}}"#
    )
    for _ in 0..<2 {
      environment.take(.fired("a"))
      environment.take(.ended("a"))
    }
    let settled = environment.advance(by: .hours(1))
    #expect(settled == ["pager: resolved a", "mail: resolved a"])
  }

  @Test("an alert without a route is dropped by the rule for that")
  func unrouted() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "pager"}],
       "unrouted": "drop"}
      """
    )
    #expect(environment.take(.fired("a", .info)) == [])
    #expect(environment.reasons == ["suppress a: new alert; no route matches it (unrouted)"])
    #expect(environment.decisions.first?.rule.line == 2)
    #expect(environment.take(.changed(.test("a", .critical))) == ["pager: alert a"])
  }
}
