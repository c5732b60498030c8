// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Flapping")
struct FlappingTests {
  private let file = """
    {"routes": [{"to": "pager", "resolved": true}], "cooldown": 0, "flapping": {"over": 4, "within": "10m"}}
    """

  private func flap(_ environment: inout PolicyEnvironment, _ count: Int) -> [String] {
    (0..<count).flatMap { _ in
      let sent = environment.take(.fired("a")) + environment.advance(by: .seconds(20)) + environment.take(.ended("a"))
      return sent + environment.advance(by: .seconds(20))
    }
  }

  @Test("is sent once after too many changes, and once when the alert has settled as resolved")
  func settlesEnded() throws {
    var environment = try PolicyEnvironment(file)
    #expect(flap(&environment, 2) == ["pager: alert a", "pager: resolved a", "pager: alert a", "pager: resolved a"])
    #expect(flap(&environment, 9) == ["pager: flapping a"])
    #expect(environment.advance(by: .minutes(9)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: resolved a"])
    #expect(environment.reasons == ["notify a: no longer flapping: no change for 10m (routes[0].resolved)"])
    #expect(environment.timers == [:])
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
  }

  @Test("is sent with the number of changes, and a resolution with when and how long the alert fired")
  func durations() throws {
    var environment = try PolicyEnvironment(file)
    func flags() -> Notice.AlertFlags? { environment.deliveries.first?.flags.values.first }
    let start = environment.now
    environment.take(.fired("a"))
    environment.advance(by: .seconds(20))
    #expect(environment.take(.ended("a")) == ["pager: resolved a"])
    #expect(flags()?.firedFor == .seconds(20) && flags()?.since == start)
    environment.take(.fired("a"))
    environment.take(.ended("a"))
    environment.advance(by: .seconds(60))
    #expect(environment.take(.fired("a")) == ["pager: flapping a"])
    #expect(flags()?.changes == Notice.AlertFlags.Changes(count: 5, period: .seconds(80)))
  }

  @Test("is sent as what it is once the alert has settled and fires")
  func settlesFiring() throws {
    var environment = try PolicyEnvironment(file)
    _ = flap(&environment, 3)
    environment.take(.fired("a"))
    #expect(environment.advance(by: .minutes(10)) == ["pager: alert a"])
    #expect(environment.deliveries.first?.reason == "no longer flapping: no change for 10m")
    #expect(environment.take(.ended("a")) == ["pager: resolved a"])
  }

  @Test("is sent once it has settled even if resolved alerts are not")
  func withoutResolved() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager"}], "cooldown": 0, "flapping": {"over": 2, "within": "10m"}}"#
    )
    #expect(flap(&environment, 3) == ["pager: alert a", "pager: flapping a"])
    #expect(environment.advance(by: .minutes(10)) == ["pager: resolved a"])
  }

  @Test("does not apply to slow changes")
  func slow() throws {
    var environment = try PolicyEnvironment(file)
    for _ in 0..<9 {
      #expect(environment.take(.fired("a")) == ["pager: alert a"])
      environment.advance(by: .minutes(3))
      #expect(environment.take(.ended("a")) == ["pager: resolved a"])
      environment.advance(by: .minutes(3))
    }
  }

  @Test("reports that the alert became more severe")
  func worse() throws {
    var environment = try PolicyEnvironment(file)
    _ = flap(&environment, 3)
    #expect(environment.take(.fired("a", .critical)) == ["pager: flapping a"])
  }

  @Test("of many alerts at once is one message, and so is their settling")
  func massFlapping() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager"}], "cooldown": "30m", "burst": {"over": 2}, "flapping": {"over": 2, "within": "10m"}}
      """
    )
    let ids = (0..<5).map { "a\($0)" }
    environment.take(ids.map { .fired($0) })
    environment.take(ids.map { .ended($0) })
    #expect(environment.take(ids.map { .fired($0) }).count == 1)
    #expect(environment.advanceTogether(by: .minutes(11)).count == 1)
  }

  @Test("is accounted for at every moment")
  func standing() throws {
    var environment = try PolicyEnvironment(file)
    for _ in 0..<8 {
      environment.take(.fired("a"))
      #expect(environment.alerts[Alert.test("a").key]?.standing == .notified)
      environment.take(.ended("a"))
      environment.advance(by: .seconds(20))
    }
  }
}
