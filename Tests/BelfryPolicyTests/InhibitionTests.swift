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
    var bench = try PolicyEnvironment(file)
    bench.take(down("down", h1))
    #expect(bench.take(.fired("a", labels: h1), .fired("b", labels: h2)) == ["pager: alert b"])
    let reason = "hold a: new alert; muted by an active alert that matches category host_down (inhibit[0])"
    #expect(bench.reasons.first == reason)
    #expect(bench.decisions.first?.outcome == .hold(until: nil))
    #expect(bench.advance(by: .hours(9)) == [])
  }

  @Test("the muting and the muted alert may come at once, in any order")
  func atOnce() throws {
    var bench = try PolicyEnvironment(file)
    #expect(bench.take(.fired("a", labels: h1), down("z", h1)) == ["pager: alert z"])
  }

  @Test("when the last muting alert ends, the firing alerts are sent in one message")
  func lastEnds() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(down("d1", h1), down("d2", h1))
    bench.take(.fired("a", labels: h1), .fired("b", labels: h1), .fired("c", labels: h1))
    bench.take(.ended("c"))
    #expect(bench.take(.ended("d1")) == ["pager: resolved d1"])
    #expect(bench.advance(by: .minutes(1)) == [])
    bench.take(.ended("d2"))
    #expect(bench.advance(by: .zero) == ["pager: followup a b +1"])
    #expect(bench.deliveries.first?.reason == "the inhibition ended")
    #expect(bench.entries == [:])
  }

  @Test("an alert that mutes and is itself muted by the same rule is sent")
  func itself() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager"}], "cooldown": 0,
       "inhibit": [{"when": {"category": "host_down"}, "mute": {"category": ["host_down", "disk"]}}]}
      """
    )
    #expect(bench.take(down("d1", h1), down("d2", h2), .fired("a")) == ["pager: alert d1", "pager: alert d2"])
  }

  @Test("an alert that starts or stops to match counts from then on")
  func changes() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("d", .info, "host_down", labels: h1))
    bench.take(.fired("a", labels: h1))
    bench.take(.changed("d", .info, "host_up", labels: h1))
    #expect(bench.advance(by: .zero) == ["pager: followup a"])
    bench.take(.changed("d", .info, "host_down", labels: h2))
    #expect(bench.take(.fired("b", labels: h2), .fired("c", labels: h1)) == ["pager: alert c"])
  }

  @Test("a muted alert that changes so that nothing mutes it is sent at once")
  func changesAway() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(down("d", h1))
    bench.take(.fired("a", labels: h1))
    #expect(bench.take(.changed("a", labels: h1, title: "as muted as before")) == [])
    #expect(bench.decisions == [])
    #expect(bench.take(.changed("a", .info, labels: h1)) == ["pager: alert a"])
    #expect(bench.lists == [:])
  }

  @Test("the end of an alert that was sent and then muted is sent when nothing mutes it any more")
  func lateEnd() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("a", labels: h1))
    bench.take(down("d", h1))
    #expect(bench.take(.ended("a")) == [])
    #expect(bench.take(.ended("d")) == ["pager: resolved d"])
    #expect(bench.advance(by: .zero) == ["pager: resolved a"])
  }

  @Test("a restart releases no alert that is still muted")
  func restart() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(down("d", h1))
    bench.take(.fired("a", labels: h1))
    try bench.edit(file)
    #expect(bench.advance(by: .hours(1)) == [])
    bench.take(.ended("d"))
    #expect(bench.advance(by: .zero) == ["pager: followup a"])
  }

  @Test("the count of alerts that came and went survives a restart")
  func inhibitionCount() throws {
    let file = """
      {"routes": [{"to": "pager"}], "cooldown": 0, "inhibit": {"when": {"category": "down"}, "mute": {"category": "disk"}}}
      """
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("d", .critical, "down"))
    bench.take(.fired("a"), .fired("b"))
    bench.take(.ended("b"))
    try bench.edit(file)
    bench.advance(by: .zero)
    bench.take(.ended("d"))
    #expect(bench.advance(by: .zero) == ["pager: followup a +1"])
  }

  @Test("a rule removed from the file releases the alerts it muted")
  func removed() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(down("d", h1))
    bench.take(.fired("a", labels: h1))
    try bench.edit(#"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#)
    #expect(bench.advance(by: .zero) == ["pager: followup a"])
  }
}
