// SPDX-License-Identifier: Apache-2.0
import Belfry
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

  @Test("while an alert mutes it, an alert that shares the label waits; others do not")
  func mutes() throws {
    var bench = try PolicyBench(file)
    bench.take(down("down", h1))
    #expect(bench.take(.fired("a", labels: h1), .fired("b", labels: h2)) == ["pager: alert b"])
    let reason = "hold a: first seen; an active alert that matches category host_down mutes it (inhibit[0])"
    #expect(bench.reasons.first == reason)
    #expect(bench.decisions.first?.outcome == .hold(until: nil))
    #expect(bench.advance(by: .hours(9)) == [])
  }

  @Test("what mutes and what it mutes may come at once, in any order")
  func atOnce() throws {
    var bench = try PolicyBench(file)
    #expect(bench.take(.fired("a", labels: h1), down("z", h1)) == ["pager: alert z"])
  }

  @Test("when the last that mutes it ends, what still fires is told, in one message")
  func lastEnds() throws {
    var bench = try PolicyBench(file)
    bench.take(down("d1", h1), down("d2", h1))
    bench.take(.fired("a", labels: h1), .fired("b", labels: h1), .fired("c", labels: h1))
    bench.take(.ended("c"))
    #expect(bench.take(.ended("d1")) == ["pager: resolved d1"])
    #expect(bench.advance(by: .minutes(1)) == [])
    bench.take(.ended("d2"))
    #expect(bench.advance(by: .zero) == ["pager: followup a b +1"])
    #expect(bench.deliveries.first?.reason == "what muted it ended")
    #expect(bench.entries == [:])
  }

  @Test("an alert that mutes and is itself muted by the same rule is told")
  func itself() throws {
    var bench = try PolicyBench(
      """
      {"routes": [{"to": "pager"}], "cooldown": 0,
       "inhibit": [{"when": {"category": "host_down"}, "mute": {"category": ["host_down", "disk"]}}]}
      """
    )
    #expect(bench.take(down("d1", h1), down("d2", h2), .fired("a")) == ["pager: alert d1", "pager: alert d2"])
  }

  @Test("an alert that comes to match, or no longer does, counts from then on")
  func changes() throws {
    var bench = try PolicyBench(file)
    bench.take(.fired("d", .info, "host_down", labels: h1))
    bench.take(.fired("a", labels: h1))
    bench.take(.changed("d", .info, "host_up", labels: h1))
    #expect(bench.advance(by: .zero) == ["pager: followup a"])
    bench.take(.changed("d", .info, "host_down", labels: h2))
    #expect(bench.take(.fired("b", labels: h2), .fired("c", labels: h1)) == ["pager: alert c"])
  }

  @Test("a muted alert that changes into what nothing mutes is told at once")
  func changesAway() throws {
    var bench = try PolicyBench(file)
    bench.take(down("d", h1))
    bench.take(.fired("a", labels: h1))
    #expect(bench.take(.changed("a", labels: h1, title: "as muted as before")) == [])
    #expect(bench.decisions == [])
    #expect(bench.take(.changed("a", .info, labels: h1)) == ["pager: alert a"])
    #expect(bench.lists == [:])
  }

  @Test("the end of what was told and then muted is told when nothing mutes it any more")
  func lateEnd() throws {
    var bench = try PolicyBench(file)
    bench.take(.fired("a", labels: h1))
    bench.take(down("d", h1))
    #expect(bench.take(.ended("a")) == [])
    #expect(bench.take(.ended("d")) == ["pager: resolved d"])
    #expect(bench.advance(by: .zero) == ["pager: resolved a"])
  }

  @Test("a restart lets nothing go that is still muted")
  func restart() throws {
    var bench = try PolicyBench(file)
    bench.take(down("d", h1))
    bench.take(.fired("a", labels: h1))
    try bench.edit(file)
    #expect(bench.advance(by: .hours(1)) == [])
    bench.take(.ended("d"))
    #expect(bench.advance(by: .zero) == ["pager: followup a"])
  }

  @Test("its count of what came and went outlives a restart")
  func inhibitionCount() throws {
    let file = """
      {"routes": [{"to": "pager"}], "cooldown": 0, "inhibit": {"when": {"category": "down"}, "mute": {"category": "disk"}}}
      """
    var bench = try PolicyBench(file)
    bench.take(.fired("d", .critical, "down"))
    bench.take(.fired("a"), .fired("b"))
    bench.take(.ended("b"))
    try bench.edit(file)
    bench.advance(by: .zero)
    bench.take(.ended("d"))
    #expect(bench.advance(by: .zero) == ["pager: followup a +1"])
  }

  @Test("a rule that is taken out of the file lets go of what it muted")
  func removed() throws {
    var bench = try PolicyBench(file)
    bench.take(down("d", h1))
    bench.take(.fired("a", labels: h1))
    try bench.edit(#"{"routes": [{"to": "pager", "resolved": true}], "cooldown": 0}"#)
    #expect(bench.advance(by: .zero) == ["pager: followup a"])
  }
}
