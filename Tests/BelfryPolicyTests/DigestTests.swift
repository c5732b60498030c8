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
    var environment = try PolicyEnvironment(own)
    #expect(environment.take(.fired("a", .info), .fired("b")) == ["pager: alert b"])
    #expect(environment.reasons.first == "hold a: new alert; joins the digest daily (routes[0].digest)")
    #expect(environment.waiting(in: .digest("daily")) == ["a"])
    #expect(environment.advance(by: .hours(24)) == ["mail: digest daily: a", "journal: digest daily: a"])
    #expect(environment.reasons == ["notify a: in the digest daily (digests.daily)"])
    #expect(environment.lists == [:])
  }

  @Test("with the mode digest, all alerts except critical ones wait for the first digest")
  func byMode() throws {
    var environment = try PolicyEnvironment(mode)
    #expect(
      environment.take(.fired("a", .critical), .fired("b"), .fired("c", .info), .fired("d", .odd)) == ["pager: alert a"]
    )
    #expect(environment.decisions.first { $0.alert.id == "b" }?.rule == Rule(path: "mode", line: 2))
    #expect(environment.advance(by: .hours(24)) == ["mail: digest daily: b c d"])
  }

  @Test("a digest is sent once, and then collects again")
  func refilled() throws {
    var environment = try PolicyEnvironment(own)
    environment.take(.fired("a", .info))
    environment.advance(by: .hours(24))
    environment.take(.fired("b", .info))
    #expect(environment.advance(by: .hours(24)) == ["mail: digest daily: b", "journal: digest daily: b"])
    #expect(environment.take(.fired("a", .info)) == [])
  }

  @Test("an empty digest sends nothing and is due again")
  func empty() throws {
    var environment = try PolicyEnvironment(own)
    #expect(environment.advance(by: .hours(100)) == [])
    #expect(environment.timers == [.list(.digest("daily")): PolicyEnvironment.start + .hours(120)])
  }

  @Test("an alert that ended in the meantime is in the digest too")
  func ended() throws {
    var environment = try PolicyEnvironment(own)
    environment.take(.fired("a", .info), .fired("b", .info))
    #expect(environment.take(.ended("a")) == [])
    #expect(environment.reasons == ["suppress a: resolved; not sent yet (routes[0])"])
    #expect(environment.advance(by: .hours(24)).first == "mail: digest daily: a b")
  }

  @Test("a flapping alert is in the digest once")
  func flaps() throws {
    var environment = try PolicyEnvironment(own)
    for _ in 0..<3 {
      environment.take(.fired("a", .info))
      environment.take(.ended("a"))
    }
    #expect(environment.advance(by: .hours(24)).first == "mail: digest daily: a")
  }

  @Test("an alert that becomes critical is sent at once and leaves the digest")
  func becomesCritical() throws {
    var environment = try PolicyEnvironment(mode)
    environment.take(.fired("a", .info), .fired("b", .info))
    #expect(environment.take(.changed(.test("a", .warning))) == [])
    #expect(environment.take(.changed(.test("a", .critical))) == ["pager: alert a"])
    #expect(environment.advance(by: .hours(24)) == ["mail: digest daily: b"])
  }

  @Test("the end of an alert in a digest joins the next one, if the route says so")
  func endSent() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"digest": "d", "resolved": true}], "digests": {"d": {"every": "1h", "to": "mail"}}}"#
    )
    environment.take(.fired("a"))
    environment.advance(by: .hours(1))
    #expect(environment.take(.ended("a")) == [])
    #expect(environment.reasons == ["hold a: resolved; joins the digest d (routes[0].digest)"])
    #expect(environment.advance(by: .hours(1)) == ["mail: digest d: a"])
    #expect(environment.deliveries.first?.flags.values.map(\.isResolved) == [true])
    #expect(environment.advance(by: .hours(9)) == [])
  }

  @Test("alerts waiting in a digest start no cooldown and are held by none")
  func noCooldown() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager"}], "mode": "digest", "digests": {"d": {"every": "24h", "to": "mail"}}}"#
    )
    environment.take(.fired("a", .warning))
    #expect(environment.take(.fired("b", .critical)) == ["pager: alert b"])
    #expect(environment.take(.fired("c", .warning)) == [])
    #expect(environment.waiting(in: .digest("d")) == ["a", "c"])
  }

  @Test("removing a digest from the file loses no firing alert")
  func removed() throws {
    var environment = try PolicyEnvironment(own)
    environment.take(.fired("a", .info), .fired("b", .info))
    environment.take(.ended("b"))
    try environment.edit(#"{"routes": [{"to": "pager"}], "cooldown": 0}"#)
    #expect(environment.advance(by: .zero) == ["pager: alert a"])
    #expect(
      environment.reasons.sorted() == [
        "notify a: its digest is no longer in channels.json (routes[0])",
        "suppress b: resolved; its digest is no longer in channels.json (digests)",
      ]
    )
    #expect(environment.timers == [:])
    #expect(environment.lists == [:])
  }

  @Test("a digest missed while Belfry was down is sent once, and states when it was due")
  func missed() throws {
    var environment = try PolicyEnvironment(own)
    environment.take(.fired("a", .info))
    environment.advanceBlindly(by: .hours(80))
    #expect(environment.advance(by: .zero) == ["mail: digest daily: a", "journal: digest daily: a"])
    #expect(environment.deliveries.first?.reason == "digest daily; it was due at 2027-01-16T08:00:00Z")
    #expect(environment.timers == [.list(.digest("daily")): PolicyEnvironment.start + .hours(104)])
    environment.take(.fired("b", .info))
    environment.advance(by: .hours(24))
    #expect(environment.deliveries.first?.reason == "digest daily")
  }

  @Test("a digest is ordered by severity, then by category and ID, or by ID alone", arguments: ["category", "id"])
  func ordered(by order: String) throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"digest": "d"}], "digests": {"d": {"every": "1h", "to": "mail", "by": "\(order)"}}}
      """
    )
    environment.take(.fired("a", .info, "x"), .fired("b", .warning, "z"), .fired("c", .warning, "x"))
    environment.take(.fired("d", .warning, "z"))
    let expected = order == "id" ? "b c d a" : "c b d a"
    #expect(environment.advance(by: .hours(1)) == ["mail: digest d: \(expected)"])
  }

  @Test("a digest at a time of day is due at its next time, and then at the one after it")
  func byTheClock() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"digest": "d"}],
       "digests": {"d": {"at": "09:00", "days": "mon-fri", "timezone": "Europe/Paris", "to": "mail"}}}
      """
    )
    // The test starts on Friday, 2027-01-15, at 09:00 in Paris: the next time is on Monday.
    let monday = PolicyEnvironment.start + .hours(72)
    #expect(environment.timers == [.list(.digest("d")): monday])
    environment.take(.fired("a"))
    #expect(environment.decisions.first?.outcome == .hold(until: monday))
    #expect(environment.advance(by: .hours(72)) == ["mail: digest d: a"])
    #expect(environment.timers == [.list(.digest("d")): monday + .hours(24)])
  }
}
