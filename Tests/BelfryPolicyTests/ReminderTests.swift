// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Reminders")
struct ReminderTests {
  private let file = #"{"routes": [{"to": ["pager", "mail"], "repeat": "4h"}], "cooldown": 0}"#

  @Test("send a firing alert again, at an interval, until it ends")
  func again() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("a"))
    #expect(bench.advance(by: .minutes(239)) == [])
    #expect(bench.advance(by: .minutes(1)) == ["mail: reminder a", "pager: reminder a"])
    #expect(bench.reasons.first == "notify a: still firing (routes[0].repeat)")
    #expect(bench.advance(by: .hours(8)).count == 4)
    bench.take(.ended("a"))
    #expect(bench.advance(by: .hours(9)) == [])
    #expect(bench.timers == [:])
  }

  @Test("count from when an alert became more severe and was sent")
  func worse() throws {
    var bench = try PolicyEnvironment(#"{"routes": [{"to": "pager", "repeat": "4h"}], "cooldown": 0}"#)
    bench.take(.fired("a"))
    bench.advance(by: .hours(3))
    bench.take(.changed("a", .critical))
    #expect(bench.advance(by: .hours(3)) == [])
    #expect(bench.advance(by: .hours(1)) == ["pager: reminder a"])
  }

  @Test("are one message for recipients of many alerts at once")
  func together() throws {
    var bench = try PolicyEnvironment(#"{"routes": [{"to": "pager", "group": {"wait": 0}, "repeat": "4h"}]}"#)
    bench.take(.fired("a"), .fired("b", .critical))
    bench.advance(by: .zero)
    #expect(bench.advanceTogether(by: .hours(4)) == ["pager: reminder b a"])
  }

  @Test("stop for an acknowledged alert, until it resolves and fires again")
  func acknowledged() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("a"))
    bench.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "on it"))
    #expect(bench.reasons.first?.contains("acknowledged by ann (on it)") == true)
    #expect(bench.advance(by: .hours(9)) == [])
    bench.take(.ended("a"))
    bench.take(.fired("a"))
    #expect(bench.advance(by: .hours(4)).count == 2)
  }

  @Test("continue when the acknowledgement is withdrawn, an overdue one at once")
  func unacknowledged() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("a"))
    let key = Alert.test("a").key
    bench.take(.unacknowledged(key, by: "ben"))
    #expect(!bench.reasons.contains { $0.contains("withdrawn") })
    bench.take(.acknowledged(key, by: "ann", comment: ""))
    #expect(bench.advance(by: .hours(9)) == [])
    bench.take(.acknowledged(key, by: "ann", comment: ""), .unacknowledged(key, by: "ben"))
    #expect(bench.reasons.contains { $0.contains("acknowledgement withdrawn by ben") })
    #expect(bench.advance(by: .zero).count == 2)
    #expect(bench.advance(by: .hours(4)).count == 2)
  }

  @Test("continue if the acknowledgement was for an earlier firing")
  func laterFiring() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("a"))
    let first = bench.now
    bench.advance(by: .minutes(5))
    bench.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "", during: first - .seconds(1)))
    #expect(!bench.reasons.contains { $0.contains("acknowledged") })
    bench.take(.ended("a"))
    bench.take(.fired("a"))
    bench.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "", during: first))
    #expect(!bench.reasons.contains { $0.contains("acknowledged") })
    bench.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "", during: bench.now))
    #expect(bench.reasons.first?.contains("acknowledged by ann") == true)
  }

  @Test("are not delayed on one channel by another channel's quiet hours")
  func reminderInQuiet() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": ["pager", "mail"], "repeat": "1h"}], "cooldown": 0}"#,
      quiet: ["pager": #"{"from": "08:30", "to": "14:00"}"#]
    )
    bench.take(.fired("a"))
    #expect(bench.advance(by: .hours(4)).count { $0 == "mail: reminder a" } == 4)
  }

  @Test("are delayed by quiet hours")
  func quiet() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "repeat": "1h", "quiet": {"from": "08:30", "to": "12:00"}}], "cooldown": 0}"#
    )
    bench.take(.fired("a"))
    #expect(bench.advance(by: .minutes(239)) == [])
    #expect(bench.advance(by: .minutes(1)) == ["pager: reminder a"])
  }
}

@Suite("Escalation")
struct EscalationTests {
  private let file = """
    {"routes": [{"to": "mail", "resolved": true,
     "escalate": [{"after": "15m", "to": "pager"}, {"after": "1h", "to": "journal"}]}], "cooldown": 0}
    """

  @Test("sends an unacknowledged alert to the next in line, each once")
  func escalates() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("a"))
    #expect(bench.advance(by: .minutes(14)) == [])
    #expect(bench.advance(by: .minutes(1)) == ["pager: alert a"])
    #expect(bench.reasons == ["notify a: not acknowledged within 15m (routes[0].escalate[0])"])
    #expect(bench.advance(by: .minutes(45)) == ["journal: alert a"])
    #expect(bench.advance(by: .hours(24)) == [])
    #expect(bench.take(.ended("a")).sorted() == ["journal: resolved a", "mail: resolved a", "pager: resolved a"])
  }

  @Test("stops after an acknowledgement, also between two steps", arguments: [10, 20])
  func acknowledged(minutes: Int) throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("a"))
    bench.advance(by: .minutes(minutes))
    bench.take(.acknowledged(Alert.test("a").key, by: "ann", comment: ""))
    #expect(bench.advance(by: .hours(24)) == [])
  }

  @Test("stops when the alert ends")
  func ended() throws {
    var bench = try PolicyEnvironment(file)
    bench.take(.fired("a"))
    bench.take(.ended("a"))
    #expect(bench.advance(by: .hours(24)) == [])
    #expect(bench.timers == [:])
  }

  @Test("does not happen for an alert that was never sent: the time counts from the first message")
  func held() throws {
    var bench = try PolicyEnvironment(
      """
      {"routes": [{"to": "mail", "quiet": {"from": "08:00", "to": "10:00"}, "escalate": [{"after": "15m", "to": "pager"}]}],
       "cooldown": 0}
      """
    )
    bench.take(.fired("a"))
    #expect(bench.advance(by: .hours(2)) == ["mail: followup a"])
    #expect(bench.advance(by: .minutes(15)) == ["pager: alert a"])
  }

  @Test("is not delayed to one channel by another channel's quiet hours")
  func escalationInQuiet() throws {
    var bench = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "repeat": "10m", "escalate": {"after": "45m", "to": "mail"}}], "cooldown": 0}"#,
      quiet: ["pager": #"{"from": "08:30", "to": "14:00"}"#]
    )
    bench.take(.fired("a"))
    #expect(bench.advance(by: .minutes(60)).contains("mail: alert a"))
  }

  @Test("is unchanged by an acknowledgement of an inactive alert", arguments: [false, true])
  func unknown(isKnown: Bool) throws {
    var bench = try PolicyEnvironment(file)
    if isKnown {
      bench.take(.fired("a"))
      bench.take(.ended("a"))
    }
    bench.take(.acknowledged(Alert.test("a").key, by: "ann", comment: ""))
    #expect(bench.decisions == [])
  }
}
