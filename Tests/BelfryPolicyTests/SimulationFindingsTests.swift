// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Errors found by the simulation stay fixed")
struct SimulationFindingsTests {
  @Test("every channel of a follow-up states how often an alert fired")
  func everyChannelCountsFirings() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": ["mail", "pager"]}], "cooldown": "30m"}"#)
    environment.take(.fired("a"))
    environment.take(.fired("b"))
    environment.take(.ended("b"))
    environment.take(.fired("b"))
    environment.advance(by: .minutes(31))
    let key = AlertKey(source: "app", id: "b")
    #expect(environment.deliveries.map { $0.flags[key]?.firings } == [2, 2])
  }

  @Test("a digest does not contain the end of an alert that is silenced by then")
  func digestKeepsSilence() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"digest": "hourly"}], "digests": {"hourly": {"every": "1h", "to": "mail"}}}"#
    )
    environment.take(.fired("a"))
    environment.take(.silenced(silence(until: environment.now + .hours(3))))
    environment.take(.ended("a"))
    #expect(environment.advance(by: .hours(2)) == [])
  }

  @Test("alerts that one timer of a late batch adds to a list are released by the next due one")
  func lateListTakesAll() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "info"}, "digest": "hourly"}, {"to": "pager"}], "cooldown": "30m",
       "digests": {"hourly": {"every": "1h", "to": "mail"}}}
      """
    )
    environment.take(.fired("b"))
    environment.take(.fired("a"))
    environment.take(.changed(.test("a", .info)))
    #expect(environment.advanceTogether(by: .hours(2)) == ["mail: digest hourly: a"])
  }

  @Test("an alert that joins a group in the batch that sends it waits for the next message, as recorded")
  func lateJoinerWaitsAsSaid() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "group": {"wait": "1m", "every": "1h"}}]}"#)
    environment.take(.silenced(silence(until: environment.now + .minutes(10))))
    environment.take(.fired("a"))
    environment.take(.fired("b", .critical))
    #expect(environment.advanceTogether(by: .minutes(20)) == ["pager: group b"])
    let until = environment.decisions.compactMap { decision -> Instant? in
      if case .hold(let until) = decision.outcome, decision.alert.id == "a" { until } else { nil }
    }
    #expect(until == [environment.now + .hours(1)])
    #expect(environment.advance(by: .hours(1)) == ["pager: group a"])
  }

  @Test("an alert that a burst's channel already knows is recorded as sent there")
  func burstDecidesKnown() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "pager", "resolved": true,
        "quiet": {"from": "00:00", "to": "07:30"}}, {"to": "mail"}], "burst": {"over": 1, "to": "pager"}}
      """
    )
    environment.take(.fired("a", .critical))
    environment.advance(by: .hours(17))
    environment.take(.ended("a"))
    environment.take(.fired("a", .info), .fired("b", .info), .fired("c", .info))
    #expect(environment.reasons.contains { $0.hasPrefix("suppress a") })
  }

  /// Silences warnings.
  private func silence(until: Instant) -> Silence {
    var matcher = Matcher()
    matcher.severity = SeveritySelector([.warning])
    return Silence(id: SilenceID("s"), matcher: matcher, from: PolicyEnvironment.start, until: until, author: "ann")
  }

  @Test(
    "an alert that resolves and fires again is held by its earlier message, though a group still holds its resolution"
  )
  func firesAgainInItsCooldown() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [
        {"to": "pager", "continue": true},
        {"to": "mail", "group": {"wait": "30s", "every": "10m"}, "resolved": true}], "cooldown": "30m"}
      """
    )
    environment.take(.fired("a"))
    environment.advance(by: .seconds(60))
    environment.take(.ended("a"))
    environment.advance(by: .seconds(60))
    environment.take(.fired("a"))
    #expect(environment.deliveries.isEmpty)
    #expect(environment.reasons.contains("hold a: firing again; a similar alert was sent recently (cooldown)"))
  }
}
