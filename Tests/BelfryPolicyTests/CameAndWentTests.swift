// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("An alert that came and went during a hold")
struct CameAndWentTests {
  private func silence(_ id: String, until: Instant, in environment: PolicyEnvironment) -> Event {
    .silenced(Silence(id: SilenceID(id), matcher: Matcher(), from: environment.now, until: until, author: "ann"))
  }

  private func alert(_ id: String) -> Alert { Alert(source: "app", id: id, severity: .warning, title: id) }

  @Test("of a silence is counted in the message of the group that its alerts join afterwards")
  func group() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "group": {"wait": "10s", "every": "5m"}}]}"#)
    environment.take(silence("s", until: environment.now + .minutes(10), in: environment))
    environment.take(["a", "b", "c", "d"].map { .fired(alert($0)) })
    environment.take(.resolved(alert("a").key), .resolved(alert("b").key))
    environment.advance(by: .minutes(11))
    let delivery = try #require(environment.deliveries.first)
    #expect(environment.deliveries.count == 1)
    #expect(delivery.content == .group(name: "", [alert("c"), alert("d")].map { seen($0) }, firing: 2, ended: 2))
    #expect(delivery.suppressed == 0)
  }

  @Test("of a silence and then of a group is one count")
  func silenceThenGroup() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "group": {"wait": "10m", "every": "10m"}}]}"#)
    environment.take(silence("s", until: environment.now + .minutes(10), in: environment))
    environment.take(["a", "b", "c"].map { .fired(alert($0)) })
    environment.take(.resolved(alert("a").key))
    environment.advance(by: .minutes(12))
    environment.take(.resolved(alert("b").key))
    environment.advance(by: .minutes(30))
    #expect(environment.deliveries.map(\.content.ended) == [2])
  }

  @Test("of one silence is counted after the next one")
  func twoSilences() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager"}], "cooldown": "0s"}"#)
    environment.take(silence("s", until: environment.now + .minutes(10), in: environment))
    environment.take(["a", "b", "c"].map { .fired(alert($0)) })
    environment.take(.resolved(alert("a").key))
    environment.take(
      silence("t", until: environment.now + .minutes(20), in: environment),
      .unsilenced(SilenceID("s"), by: "ann")
    )
    environment.take(.resolved(alert("b").key))
    environment.advance(by: .minutes(9))
    environment.take(.fired(alert("d")))
    environment.take(.resolved(alert("d").key))
    environment.advance(by: .minutes(12))
    #expect(environment.deliveries.map(\.content.ended) == [3])
  }

  @Test("of a silence is counted in the follow-up of a cooldown that holds its alerts afterwards")
  func cooldown() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager"}], "cooldown": "1h"}"#)
    environment.take(.fired(alert("first")))
    environment.take(silence("s", until: environment.now + .minutes(10), in: environment))
    environment.take(["a", "b"].map { .fired(alert($0)) })
    environment.take(.resolved(alert("a").key))
    environment.advance(by: .minutes(70))
    #expect(environment.deliveries.map(\.content.ended) == [1])
  }

  /// The alert as messages show it.
  private func seen(_ alert: Alert) -> Alert {
    var alert = alert
    alert.firstSeen = PolicyEnvironment.start.iso8601
    return alert
  }
}
