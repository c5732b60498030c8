// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Holds of several routes and channels")
struct SeparateHoldTests {
  @Test("each route's group names its own rule")
  func groups() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [
        {"to": "pager", "continue": true, "group": {"wait": "10s"}},
        {"to": "mail", "group": {"wait": "20s"}}]}
      """
    )
    environment.take(.fired("a"))
    #expect(environment.decisions.map(\.rule.description) == ["routes[0].group, line 2", "routes[1].group, line 3"])
    environment.advance(by: .seconds(30))
    #expect(
      environment.decisions.map { "\($0.outcome) \($0.rule)" } == [
        "notify([pager]) routes[0].group, line 2", "notify([mail]) routes[1].group, line 3",
      ]
    )
  }

  @Test("the quiet hours of each channel name their own rule")
  func quietChannels() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": ["pager", "mail"], "cooldown": 0}]}"#,
      quiet: ["pager": #"{"from": "08:00", "to": "09:00"}"#, "mail": #"{"from": "08:00", "to": "10:00"}"#]
    )
    environment.take(.fired("a"))
    #expect(environment.decisions.map(\.rule.path) == ["channels.pager.quiet", "channels.mail.quiet"])
    environment.advance(by: .hours(3))
    #expect(
      environment.decisions.map { "\($0.outcome) \($0.rule.path)" } == [
        "notify([pager]) channels.pager.quiet", "notify([mail]) channels.mail.quiet",
      ]
    )
  }

  @Test("each route's burst names its own rule")
  func bursts() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [
        {"to": "pager", "continue": true, "cooldown": 0, "burst": {"over": 1, "within": "10s"}},
        {"to": "mail", "cooldown": 0, "burst": {"over": 1, "within": "20s"}}]}
      """
    )
    environment.take(.fired("a"), .fired("b"))
    environment.take(.fired("c"))
    #expect(environment.decisions.map(\.rule.description) == ["routes[0].burst, line 2", "routes[1].burst, line 3"])
    environment.advance(by: .seconds(30))
    #expect(
      environment.decisions.map { "\($0.outcome) \($0.rule)" } == [
        "notify([pager]) routes[0].burst, line 2", "notify([mail]) routes[1].burst, line 3",
      ]
    )
  }

  @Test("an alert that one channel's quiet hours held is not held there by its own notification elsewhere")
  func ownNotification() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": ["pager", "mail"], "cooldown": "4h"}]}"#,
      quiet: ["mail": #"{"from": "08:00", "to": "09:00"}"#]
    )
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    #expect(environment.advance(by: .hours(1)) == ["mail: followup a"])
    #expect(environment.lists == [:])
  }

  @Test("an alert that another route notified elsewhere is not held by that, and what is like it is")
  func ownNotificationElsewhere() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "continue": true}, {"to": "mail"}], "cooldown": "4h"}"#,
      quiet: ["mail": #"{"from": "08:00", "to": "09:00"}"#]
    )
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    #expect(environment.advance(by: .hours(1)) == ["mail: followup a"])
    #expect(environment.take(.fired("b")) == [])
    #expect(environment.advance(by: .hours(4)) == ["pager: followup b", "mail: followup b"])
  }

  @Test("a cooldown holds an alert on the channels that were notified of a similar one, and on no other")
  func cooldownPerChannel() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"match": {"severity": "critical"}, "to": "pager"}, {"to": ["pager", "mail"]}], "cooldown": "30m"}"#
    )
    environment.take(.fired("a", .critical))
    environment.advance(by: .minutes(5))
    #expect(environment.take(.fired("b")) == ["mail: alert b"])
    #expect(
      environment.reasons == [
        "hold b: new alert; a similar alert was sent recently (cooldown)", "notify b: new alert (routes[1])",
      ]
    )
    environment.advance(by: .minutes(10))
    #expect(environment.take(.fired("c")) == [])
    #expect(environment.advance(by: .minutes(15)) == ["pager: followup b c"])
    #expect(environment.advance(by: .hours(1)) == ["mail: followup c"])
  }

  @Test(
    "what one route sent counts for a route of other channels, as the cooldown at the top is shared, and a route's own is not",
    arguments: [
      (#""to": "mail""#, [], ["mail: followup b"]),
      (#""to": ["mail", "pager"]"#, ["mail: alert b"], ["pager: followup b"]),
      (#""to": "mail", "cooldown": "30m""#, ["mail: alert b"], []),
    ] as [(String, [String], [String])]
  )
  func sharedCooldown(route: String, atOnce: [String], afterwards: [String]) throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"match": {"severity": "critical"}, "to": "pager"}, {"# + route + #"}], "cooldown": "30m"}"#
    )
    #expect(environment.take(.fired("a", .critical)) == ["pager: alert a"])
    #expect(environment.take(.fired("b")) == atOnce)
    #expect(environment.advance(by: .hours(1)) == afterwards)
  }

  @Test("each channel's follow-up counts what came and went there")
  func endedPerChannel() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"match": {"severity": "critical"}, "to": "pager"}, {"to": ["pager", "mail"]}], "cooldown": "30m"}"#
    )
    environment.take(.fired("a", .critical))
    environment.advance(by: .minutes(5))
    environment.take(.fired("b"))
    environment.advance(by: .minutes(10))
    environment.take(.fired("c"), .fired("d"))
    environment.take(.ended("b"), .ended("c"))
    #expect(environment.advance(by: .minutes(15)) == ["pager: followup d +2"])
    #expect(environment.advance(by: .minutes(5)) == ["mail: followup d +1"])
    #expect(environment.advance(by: .hours(2)) == [])
    #expect(environment.windows == [:])
    #expect(environment.timers == [:])
  }
}
