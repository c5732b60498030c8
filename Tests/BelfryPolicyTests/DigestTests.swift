// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Digest")
struct DigestTests {
  private let own = """
    {"routes": [{"match": {"severity": "info"}, "digest": "daily"}, {"to": "pager"}], "cooldown": 0,
     "digests": {"daily": {"every": "24h", "to": ["mail", "journal"]}}}
    """
  private let mode = """
    {"routes": [{"to": "pager"}], "cooldown": 0, "digests": {"daily": {"every": "24h", "to": "mail"}},
     "mode": "digest"}
    """

  @Test("an alert on a route with a digest waits for it")
  func joins() throws {
    var bench = try PolicyEnvironment(own)
    #expect(bench.take(.fired("a", .info), .fired("b")) == ["pager: alert b"])
    #expect(bench.reasons.first == "hold a: new alert; joins the digest daily (routes[0].digest)")
    #expect(bench.waiting(in: .digest("daily")) == ["a"])
    #expect(bench.advance(by: .hours(24)) == ["mail: digest daily: a", "journal: digest daily: a"])
    #expect(bench.reasons == ["notify a: in the digest daily (digests.daily)"])
    #expect(bench.lists == [:])
  }

  @Test("with the mode digest, all alerts except critical ones wait for the first digest")
  func byMode() throws {
    var bench = try PolicyEnvironment(mode)
    #expect(
      bench.take(.fired("a", .critical), .fired("b"), .fired("c", .info), .fired("d", .odd)) == ["pager: alert a"]
    )
    #expect(bench.decisions.first { $0.alert.id == "b" }?.rule == Rule(path: "mode", line: 2))
    #expect(bench.advance(by: .hours(24)) == ["mail: digest daily: b c d"])
  }

  @Test("a digest is sent once, and then collects again")
  func refilled() throws {
    var bench = try PolicyEnvironment(own)
    bench.take(.fired("a", .info))
    bench.advance(by: .hours(24))
    bench.take(.fired("b", .info))
    #expect(bench.advance(by: .hours(24)) == ["mail: digest daily: b", "journal: digest daily: b"])
    #expect(bench.take(.fired("a", .info)) == [])
  }

  @Test("an empty digest sends nothing and is due again")
  func empty() throws {
    var bench = try PolicyEnvironment(own)
    #expect(bench.advance(by: .hours(100)) == [])
    #expect(bench.timers == [.list(.digest("daily")): PolicyEnvironment.start + .hours(120)])
  }

  @Test("an alert that ended in the meantime is in the digest too")
  func ended() throws {
    var bench = try PolicyEnvironment(own)
    bench.take(.fired("a", .info), .fired("b", .info))
    #expect(bench.take(.ended("a")) == [])
    #expect(bench.reasons == ["suppress a: resolved; not sent yet (routes[0])"])
    #expect(bench.advance(by: .hours(24)).first == "mail: digest daily: a b")
  }

  @Test("a flapping alert is in the digest once")
  func flaps() throws {
    var bench = try PolicyEnvironment(own)
    for _ in 0..<3 {
      bench.take(.fired("a", .info))
      bench.take(.ended("a"))
    }
    #expect(bench.advance(by: .hours(24)).first == "mail: digest daily: a")
  }

  @Test("an alert that becomes critical is sent at once and leaves the digest")
  func becomesCritical() throws {
    var bench = try PolicyEnvironment(mode)
    bench.take(.fired("a", .info), .fired("b", .info))
    #expect(bench.take(.changed("a", .warning)) == [])
    #expect(bench.take(.changed("a", .critical)) == ["pager: alert a"])
    #expect(bench.advance(by: .hours(24)) == ["mail: digest daily: b"])
  }

  @Test("the end of an alert in a digest joins the next one, if the route says so")
  func endTold() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"digest": "d", "resolved": true}], "digests": {"d": {"every": "1h", "to": "mail"}}}"#
    )
    bench.take(.fired("a"))
    bench.advance(by: .hours(1))
    #expect(bench.take(.ended("a")) == [])
    #expect(bench.reasons == ["hold a: resolved; joins the digest d (routes[0].digest)"])
    #expect(bench.advance(by: .hours(1)) == ["mail: digest d: a"])
    #expect(bench.deliveries.first?.flags.values.map(\.isResolved) == [true])
    #expect(bench.advance(by: .hours(9)) == [])
  }

  @Test("alerts waiting in a digest start no cooldown and are held by none")
  func noCooldown() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager"}], "mode": "digest", "digests": {"d": {"every": "24h", "to": "mail"}}}"#
    )
    bench.take(.fired("a", .warning))
    #expect(bench.take(.fired("b", .critical)) == ["pager: alert b"])
    #expect(bench.take(.fired("c", .warning)) == [])
    #expect(bench.waiting(in: .digest("d")) == ["a", "c"])
  }

  @Test("removing a digest from the file loses no firing alert")
  func removed() throws {
    var bench = try PolicyEnvironment(own)
    bench.take(.fired("a", .info), .fired("b", .info))
    bench.take(.ended("b"))
    try bench.edit(#"{"routes": [{"to": "pager"}], "cooldown": 0}"#)
    #expect(bench.advance(by: .zero) == ["pager: alert a"])
    #expect(
      bench.reasons.sorted() == [
        "notify a: its digest is no longer in channels.json (routes[0])",
        "suppress b: resolved; its digest is no longer in channels.json (digests)",
      ]
    )
    #expect(bench.timers == [:])
    #expect(bench.lists == [:])
  }

  @Test("a digest missed while Belfry was down is sent once, and states when it was due")
  func missed() throws {
    var bench = try PolicyEnvironment(own)
    bench.take(.fired("a", .info))
    bench.advanceBlindly(by: .hours(80))
    #expect(bench.advance(by: .zero) == ["mail: digest daily: a", "journal: digest daily: a"])
    #expect(bench.deliveries.first?.reason == "digest daily; it was due at 2027-01-16T08:00:00Z")
    #expect(bench.timers == [.list(.digest("daily")): PolicyEnvironment.start + .hours(104)])
    bench.take(.fired("b", .info))
    bench.advance(by: .hours(24))
    #expect(bench.deliveries.first?.reason == "digest daily")
  }

  @Test("a digest is ordered by severity, then by category and ID, or by ID alone", arguments: ["category", "id"])
  func ordered(by order: String) throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"digest": "d"}], "digests": {"d": {"every": "1h", "to": "mail", "by": "\(order)"}}}
      """
    )
    bench.take(.fired("a", .info, "x"), .fired("b", .warning, "z"), .fired("c", .warning, "x"))
    bench.take(.fired("d", .warning, "z"))
    let expected = order == "id" ? "b c d a" : "c b d a"
    #expect(bench.advance(by: .hours(1)) == ["mail: digest d: \(expected)"])
  }

  @Test("a digest at a time of day is due at its next time, and then at the one after it")
  func byTheClock() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"digest": "d"}],
       "digests": {"d": {"at": "09:00", "days": "mon-fri", "timezone": "Europe/Paris", "to": "mail"}}}
      """
    )
    // The test starts on Friday, 2027-01-15, at 09:00 in Paris: the next time is on Monday.
    let monday = PolicyEnvironment.start + .hours(72)
    #expect(bench.timers == [.list(.digest("d")): monday])
    bench.take(.fired("a"))
    #expect(bench.decisions.first?.outcome == .hold(until: monday))
    #expect(bench.advance(by: .hours(72)) == ["mail: digest d: a"])
    #expect(bench.timers == [.list(.digest("d")): monday + .hours(24)])
  }
}
