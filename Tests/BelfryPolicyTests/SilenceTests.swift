// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Silences")
struct SilenceTests {
  private let file = #"{"routes": [{"to": "pager", "resolved": true, "repeat": "1h"}], "cooldown": 0}"#

  private func silence(
    _ id: String = "s1",
    severity: Severity? = nil,
    for duration: Duration = .hours(2),
    from start: Duration = .zero,
    sendsAfterwards: Bool = true
  ) -> Silence {
    var matcher = Matcher()
    matcher.severity = severity.map { SeveritySelector([$0]) }
    return Silence(
      id: SilenceID(id),
      matcher: matcher,
      from: PolicyEnvironment.start + start,
      until: PolicyEnvironment.start + start + duration,
      author: "ann",
      comment: "deploy",
      sendsAfterwards: sendsAfterwards
    )
  }

  @Test("hold matching alerts, and send those still firing in one message when they end")
  func sentAfterwards() throws {
    var environment = try PolicyEnvironment(file)
    #expect(environment.take(.silenced(silence())) == [])
    #expect(environment.take(.fired("a"), .fired("b", .critical), .fired("c")) == [])
    #expect(environment.reasons.last == "hold c: new alert; the silence s1 of ann (deploy) (silence s1)")
    environment.take(.ended("c"))
    #expect(environment.reasons == ["suppress c: resolved while held by the silence s1 (routes[0])"])
    #expect(environment.advance(by: .hours(2)) == ["pager: followup b a +1"])
    #expect(environment.deliveries.first?.reason == "the silence s1 ended")
    #expect(environment.reasons.first == "notify b: the silence s1 ended and it is still firing (silence s1)")
    #expect(environment.lists == [:])
  }

  @Test("do not hold other alerts")
  func noMatch() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.silenced(silence(severity: .info)))
    #expect(environment.take(.fired("a", .info), .fired("b")) == ["pager: alert b"])
  }

  @Test("that are ended early send the firing alerts at once")
  func endedEarly() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.silenced(silence()))
    environment.take(.fired("a"))
    #expect(environment.take(.unsilenced(SilenceID("s1"), by: "bob")) == [])
    #expect(environment.advance(by: .zero) == ["pager: followup a"])
    #expect(environment.silences.map(\.endedBy) == ["bob"])
    #expect(environment.take(.fired("b")) == ["pager: alert b"])
  }

  @Test("hold the end of an alert sent before, until they end")
  func lateEnd() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    let sent = environment.deliveries.map(\.id)
    environment.take(.silenced(silence(for: .minutes(30))))
    #expect(environment.take(.ended("a")) == [])
    #expect(environment.advance(by: .minutes(30)) == ["pager: resolved a"])
    #expect(environment.deliveries.first?.follows == sent)
    #expect(environment.reasons == ["notify a: the silence s1 ended and it has resolved (routes[0].resolved)"])
  }

  @Test("do not send an alert that ended and fires again if it was known before")
  func backAgain() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    environment.take(.silenced(silence(for: .minutes(30))))
    environment.take(.ended("a"))
    environment.take(.fired("a"))
    #expect(environment.lists == [:])
    #expect(environment.advance(by: .minutes(59)) == [])
  }

  @Test("that discard send nothing afterwards, and state that")
  func forgets() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.silenced(silence(sendsAfterwards: false)))
    #expect(environment.take(.fired("a")) == [])
    #expect(environment.alerts[Alert.test("a").key]?.standing == .dropped)
    #expect(environment.advance(by: .hours(9)) == [])
    #expect(environment.take(.changed(.test("a", .critical))) == ["pager: alert a"])
  }

  @Test("that start later apply from then on")
  func later() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.silenced(silence(from: .hours(1))))
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    environment.advance(by: .minutes(61))
    #expect(environment.take(.fired("b")) == [])
  }

  @Test("hold reminders until they end")
  func reminder() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    environment.take(.silenced(silence(for: .minutes(90))))
    #expect(environment.advance(by: .minutes(89)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: reminder a"])
  }

  @Test("that are ended early let escalations and reminders continue")
  func silenceEndedEarly() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "repeat": "1h", "escalate": {"after": "90m", "to": "mail"}}], "cooldown": 0}"#
    )
    environment.take(.fired("a"))
    environment.take(.silenced(silence(for: .hours(24))))
    environment.advance(by: .hours(2))
    environment.take(.unsilenced(SilenceID("s1"), by: "bob"))
    #expect(environment.advance(by: .hours(1)).contains("mail: alert a"))
  }

  @Test("that discard keep alerts that came and went out of a digest")
  func silencedInDigest() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"digest": "d"}], "digests": {"d": {"every": "3h", "to": "mail"}}}"#
    )
    environment.take(.fired("a"))
    environment.take(.silenced(silence(for: .hours(10), sendsAfterwards: false)))
    environment.take(.ended("a"))
    #expect(environment.advance(by: .hours(3)) == [])
  }

  @Test("that overlap hold an alert until the last one ends")
  func two() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.silenced(silence("s1", for: .hours(1))), .silenced(silence("s2", for: .hours(3))))
    environment.take(.fired("a"))
    #expect(environment.advance(by: .hours(2)) == [])
    #expect(environment.advance(by: .hours(1)) == ["pager: followup a"])
  }

  @Test("that are extended keep holding; those that no longer match release")
  func replaced() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.silenced(silence(for: .hours(1))))
    environment.take(.fired("a"), .fired("b", .info))
    environment.take(.silenced(silence(severity: .info, for: .hours(5))))
    #expect(environment.advance(by: .zero) == ["pager: followup a"])
    #expect(environment.advance(by: .minutes(299)).filter { $0.contains("b") } == [])
    #expect(environment.advance(by: .minutes(1)).filter { $0.contains("b") } == ["pager: followup b"])
  }

  @Test("that recur apply in their hours, each day until they end")
  func recurring() throws {
    var environment = try PolicyEnvironment(file)
    var nightly = silence(for: .hours(72))
    let six = try #require(TimeOfDay(text: "18:00"))
    let eight = try #require(TimeOfDay(text: "20:00"))
    nightly.hours = WallClockWindow(from: six, to: eight, days: Set(Weekday.allCases), zone: TimeZoneName.utc.zone)
    environment.take(.silenced(nightly))
    #expect(environment.take(.fired("a")) == ["pager: alert a"])
    environment.take(.ended("a"))
    environment.advance(by: .hours(10))
    #expect(environment.take(.fired("b")) == [])
    #expect(environment.advance(by: .hours(2)) == ["pager: followup b"])
    environment.take(.ended("b"))
    environment.advance(by: .hours(23))
    #expect(environment.take(.fired("c")) == [])
  }

  @Test("hold alerts of a digest, which then join the next one")
  func digest() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"digest": "d"}], "digests": {"d": {"every": "3h", "to": "mail"}}}"#
    )
    environment.take(.fired("a"))
    environment.take(.silenced(silence(for: .hours(4))))
    environment.take(.fired("b"))
    #expect(environment.advance(by: .hours(3)) == [])
    #expect(environment.advance(by: .hours(1)) == [])
    #expect(environment.waiting(in: .digest("d")).sorted() == ["a", "b"])
    #expect(environment.advance(by: .hours(2)) == ["mail: digest d: a b"])
  }

  @Test("are stored and read back, once and recurring", arguments: [false, true])
  func stored(recurs: Bool) throws {
    var silence = silence("k7m2", severity: .critical, sendsAfterwards: false)
    let pattern = Patterns([try Pattern(text: "/^web-[0-9]+$/"), .exact("db")])
    silence.matcher.labels = [Matcher.LabelMatcher(name: "host", patterns: pattern)]
    silence.matcher.category = Patterns([try Pattern(text: "disk*")])
    if recurs {
      let times = try #require(TimeOfDay(text: "22:00").flatMap { from in TimeOfDay(text: "07:00").map { (from, $0) } })
      silence.hours = WallClockWindow(from: times.0, to: times.1, days: [.mon, .fri], zone: TimeZoneName.utc.zone)
    } else {
      silence.endedAt = PolicyEnvironment.start
      silence.endedBy = "bob"
    }
    var writer = JSONWriter()
    silence.encode(into: &writer)
    #expect(Silence(stored: writer.bytes) == silence)
    #expect(Silence(stored: Array("{}".utf8)) == nil)
  }
}
