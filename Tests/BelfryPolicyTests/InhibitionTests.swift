// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Inhibition")
struct InhibitionTests {
  private let file = """
    {"routes": [{"to": "pager", "resolved": true}], "cooldown": 0,
     "inhibit": [{"when": {"category": "host_down"}, "mute": {"severity": "warning"}, "equal": ["host"]}]}
    """
  private let h1: Labels = ["host": "h1"]
  private let h2: Labels = ["host": "h2"]

  private func down(_ id: String, _ host: Labels) -> Event { .fired(id, .critical, "host_down", labels: host) }

  @Test("while an alert mutes others, those that share the label wait; others do not")
  func mutes() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(down("down", h1))
    #expect(environment.take(.fired("a", labels: h1), .fired("b", labels: h2)) == ["pager: alert b"])
    let reason = "hold a: new alert; muted by an active alert that matches category host_down (inhibit[0])"
    #expect(environment.reasons.first == reason)
    #expect(environment.decisions.first?.outcome == .hold(until: nil))
    #expect(environment.advance(by: .hours(9)) == [])
  }

  @Test("both sides may be lists in Alertmanager's format")
  func lists() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager"}], "cooldown": 0,
       "inhibit": [{"when": ["alertname=host_down"], "mute": ["severity=~warn.*", "host!="], "equal": ["host"]}]}
      """
    )
    environment.take(down("down", h1))
    #expect(
      environment.take(.fired("a", labels: h1), .fired("b"), .fired("c", .info, labels: h1)) == [
        "pager: alert b", "pager: alert c",
      ]
    )
  }

  @Test("the muting and the muted alert may come at once, in any order")
  func atOnce() throws {
    var environment = try PolicyEnvironment(file)
    #expect(environment.take(.fired("a", labels: h1), down("z", h1)) == ["pager: alert z"])
  }

  @Test("when the last muting alert ends, the firing alerts are sent in one message")
  func lastEnds() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(down("d1", h1), down("d2", h1))
    environment.take(.fired("a", labels: h1), .fired("b", labels: h1), .fired("c", labels: h1))
    environment.take(.ended("c"))
    #expect(environment.take(.ended("d1")) == ["pager: resolved d1"])
    #expect(environment.advance(by: .minutes(1)) == [])
    environment.take(.ended("d2"))
    #expect(environment.advance(by: .zero) == ["pager: followup a b +1"])
    #expect(environment.deliveries.first?.reason == "the inhibition ended")
    #expect(environment.entries == [:])
  }

  @Test("an alert that mutes and is itself muted by the same rule is sent")
  func itself() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager"}], "cooldown": 0,
       "inhibit": [{"when": {"category": "host_down"}, "mute": {"category": ["host_down", "disk"]}}]}
      """
    )
    #expect(environment.take(down("d1", h1), down("d2", h2), .fired("a")) == ["pager: alert d1", "pager: alert d2"])
  }

  @Test("an alert that starts or stops to match counts from then on")
  func changes() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("d", .info, "host_down", labels: h1))
    environment.take(.fired("a", labels: h1))
    environment.take(.changed(.test("d", .info, "host_up", labels: h1)))
    #expect(environment.advance(by: .zero) == ["pager: followup a"])
    environment.take(.changed(.test("d", .info, "host_down", labels: h2)))
    #expect(environment.take(.fired("b", labels: h2), .fired("c", labels: h1)) == ["pager: alert c"])
  }

  @Test("a muted alert that changes so that nothing mutes it is sent at once")
  func changesAway() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(down("d", h1))
    environment.take(.fired("a", labels: h1))
    #expect(environment.take(.changed(.test("a", labels: h1, title: "as muted as before"))) == [])
    #expect(environment.decisions == [])
    #expect(environment.take(.changed(.test("a", .info, labels: h1))) == ["pager: alert a"])
    #expect(environment.lists == [:])
  }

  @Test("the end of an alert that was sent and then muted is sent when nothing mutes it any more")
  func lateEnd() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a", labels: h1))
    environment.take(down("d", h1))
    #expect(environment.take(.ended("a")) == [])
    #expect(environment.take(.ended("d")) == ["pager: resolved d"])
    #expect(environment.advance(by: .zero) == ["pager: resolved a"])
  }

  @Test("a restart releases no alert that is still muted")
  func restart() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(down("d", h1))
    environment.take(.fired("a", labels: h1))
    try environment.edit(file)
    #expect(environment.advance(by: .hours(1)) == [])
    environment.take(.ended("d"))
    #expect(environment.advance(by: .zero) == ["pager: followup a"])
  }

  @Test("the count of alerts that came and went survives a restart")
  func inhibitionCount() throws {
    let file = """
      {"routes": [{"to": "pager"}], "cooldown": 0, "inhibit": {"when": {"category": "down"}, "mute": {"category": "disk"}}}
      """
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("d", .critical, "down"))
    environment.take(.fired("a"), .fired("b"))
    environment.take(.ended("b"))
    try environment.edit(file)
    environment.advance(by: .zero)
    environment.take(.ended("d"))
    #expect(environment.advance(by: .zero) == ["pager: followup a +1"])
  }

  @Test("a rule removed from the file releases the alerts it muted")
  func removed() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(down("d", h1))
    environment.take(.fired("a", labels: h1))
    try environment.edit(#"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#)
    #expect(environment.advance(by: .zero) == ["pager: followup a"])
  }
}
