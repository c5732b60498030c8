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

  private func flap(_ bench: inout PolicyEnvironment, _ count: Int) -> [String] {
    (0..<count).flatMap { _ in
      let told = bench.take(.fired("a")) + bench.advance(by: .seconds(20)) + bench.take(.ended("a"))
      return told + bench.advance(by: .seconds(20))
    }
  }

  @Test("is sent once after too many changes, and once when the alert has settled as resolved")
  func settlesEnded() throws {
    var bench = try PolicyEnvironment(file)
    #expect(flap(&bench, 2) == ["pager: alert a", "pager: resolved a", "pager: alert a", "pager: resolved a"])
    #expect(flap(&bench, 9) == ["pager: flapping a"])
    #expect(bench.advance(by: .minutes(9)) == [])
    #expect(bench.advance(by: .minutes(1)) == ["pager: resolved a"])
    #expect(bench.reasons == ["notify a: no longer flapping: no change for 10m (routes[0].resolved)"])
    #expect(bench.timers == [:])
    #expect(bench.take(.fired("a")) == ["pager: alert a"])
  }

  @Test("is sent with the number of changes, and a resolution with the time for which the alert fired")
  func durations() throws {
    var bench = try PolicyEnvironment(file)
    func flags() -> Notice.AlertFlags? { bench.deliveries.first?.flags.values.first }
    bench.take(.fired("a"))
    bench.advance(by: .seconds(20))
    #expect(bench.take(.ended("a")) == ["pager: resolved a"])
    #expect(flags()?.firedFor == .seconds(20))
    bench.take(.fired("a"))
    bench.take(.ended("a"))
    bench.advance(by: .seconds(60))
    #expect(bench.take(.fired("a")) == ["pager: flapping a"])
    #expect(flags()?.changes == Notice.AlertFlags.Changes(count: 5, period: .seconds(80)))
  }

  @Test("is sent as what it is once the alert has settled and fires")
  func settlesFiring() throws {
    var bench = try PolicyEnvironment(file)
    _ = flap(&bench, 3)
    bench.take(.fired("a"))
    #expect(bench.advance(by: .minutes(10)) == ["pager: alert a"])
    #expect(bench.deliveries.first?.reason == "no longer flapping: no change for 10m")
    #expect(bench.take(.ended("a")) == ["pager: resolved a"])
  }

  @Test("is sent once it has settled even if resolved alerts are not")
  func withoutResolved() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager"}], "cooldown": 0, "flapping": {"over": 2, "within": "10m"}}"#
    )
    #expect(flap(&bench, 3) == ["pager: alert a", "pager: flapping a"])
    #expect(bench.advance(by: .minutes(10)) == ["pager: resolved a"])
  }

  @Test("does not apply to slow changes")
  func slow() throws {
    var bench = try PolicyEnvironment(file)
    for _ in 0..<9 {
      #expect(bench.take(.fired("a")) == ["pager: alert a"])
      bench.advance(by: .minutes(3))
      #expect(bench.take(.ended("a")) == ["pager: resolved a"])
      bench.advance(by: .minutes(3))
    }
  }

  @Test("reports that the alert became more severe")
  func worse() throws {
    var bench = try PolicyEnvironment(file)
    _ = flap(&bench, 3)
    #expect(bench.take(.fired("a", .critical)) == ["pager: flapping a"])
  }

  @Test("of many alerts at once is one message, and so is their settling")
  func massFlapping() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager"}], "cooldown": "30m", "burst": {"over": 2}, "flapping": {"over": 2, "within": "10m"}}
      """
    )
    let ids = (0..<5).map { "a\($0)" }
    bench.take(ids.map { .fired($0) })
    bench.take(ids.map { .ended($0) })
    #expect(bench.take(ids.map { .fired($0) }).count == 1)
    #expect(bench.advanceTogether(by: .minutes(11)).count == 1)
  }

  @Test("is accounted for at every moment")
  func standing() throws {
    var bench = try PolicyEnvironment(file)
    for _ in 0..<8 {
      bench.take(.fired("a"))
      #expect(bench.alerts[Alert.test("a").key]?.standing == .notified)
      bench.take(.ended("a"))
      bench.advance(by: .seconds(20))
    }
  }
}
