// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Errors found by the simulation stay fixed")
struct SimulationFindingsTests {
  @Test("every channel of a follow-up states how often an alert fired")
  func everyChannelCountsFirings() throws {
    var bench = try PolicyEnvironment(#"{"routes": [{"to": ["mail", "pager"]}], "cooldown": "30m"}"#)
    bench.take(.fired("a"))
    bench.take(.fired("b"))
    bench.take(.ended("b"))
    bench.take(.fired("b"))
    bench.advance(by: .minutes(31))
    let key = AlertKey(source: "app", id: "b")
    #expect(bench.deliveries.map { $0.flags[key]?.firings } == [2, 2])
  }

  @Test("a digest does not contain the end of an alert that is silenced by then")
  func digestKeepsSilence() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"digest": "hourly"}], "digests": {"hourly": {"every": "1h", "to": "mail"}}}"#
    )
    bench.take(.fired("a"))
    bench.take(.silenced(silence(until: bench.now + .hours(3))))
    bench.take(.ended("a"))
    #expect(bench.advance(by: .hours(2)) == [])
  }

  @Test("alerts that one timer of a late batch adds to a list are released by the next due one")
  func lateListTakesAll() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "info"}, "digest": "hourly"}, {"to": "pager"}], "cooldown": "30m",
       "digests": {"hourly": {"every": "1h", "to": "mail"}}}
      """
    )
    bench.take(.fired("b"))
    bench.take(.fired("a"))
    bench.take(.changed("a", .info))
    #expect(bench.advanceTogether(by: .hours(2)) == ["mail: digest hourly: a"])
  }

  @Test("an alert that joins a group in the batch that sends it waits for the next message, as recorded")
  func lateJoinerWaitsAsSaid() throws {
    var bench = try PolicyEnvironment(#"{"routes": [{"to": "pager", "group": {"wait": "1m", "every": "1h"}}]}"#)
    bench.take(.silenced(silence(until: bench.now + .minutes(10))))
    bench.take(.fired("a"))
    bench.take(.fired("b", .critical))
    #expect(bench.advanceTogether(by: .minutes(20)) == ["pager: group b"])
    let until = bench.decisions.compactMap { decision -> Instant? in
      if case .hold(let until) = decision.outcome, decision.alert.id == "a" { until } else { nil }
    }
    #expect(until == [bench.now + .hours(1)])
    #expect(bench.advance(by: .hours(1)) == ["pager: group a"])
  }

  @Test("an alert that a burst's channel already knows is recorded as sent there")
  func burstDecidesKnown() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"match": {"severity": "critical"}, "to": "pager", "resolved": true,
        "quiet": {"from": "00:00", "to": "07:30"}}, {"to": "mail"}], "burst": {"over": 1, "to": "pager"}}
      """
    )
    bench.take(.fired("a", .critical))
    bench.advance(by: .hours(17))
    bench.take(.ended("a"))
    bench.take(.fired("a", .info), .fired("b", .info), .fired("c", .info))
    #expect(bench.reasons.contains { $0.hasPrefix("suppress a") })
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
    var bench = try PolicyEnvironment(
      """
      {"routes": [
        {"to": "pager", "continue": true},
        {"to": "mail", "group": {"wait": "30s", "every": "10m"}, "resolved": true}], "cooldown": "30m"}
      """
    )
    bench.take(.fired("a"))
    bench.advance(by: .seconds(60))
    bench.take(.ended("a"))
    bench.advance(by: .seconds(60))
    bench.take(.fired("a"))
    #expect(bench.deliveries.isEmpty)
    #expect(bench.reasons.contains("hold a: firing again; a similar alert was sent recently (cooldown)"))
  }
}
