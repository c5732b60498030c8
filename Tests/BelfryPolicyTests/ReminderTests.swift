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
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    #expect(environment.advance(by: .minutes(239)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["mail: reminder a", "pager: reminder a"])
    #expect(environment.reasons.first == "notify a: still firing (routes[0].repeat)")
    #expect(environment.advance(by: .hours(8)).count == 4)
    environment.take(.ended("a"))
    #expect(environment.advance(by: .hours(9)) == [])
    #expect(environment.timers == [:])
  }

  @Test("count from when an alert became more severe and was sent")
  func worse() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "repeat": "4h"}], "cooldown": 0}"#)
    environment.take(.fired("a"))
    environment.advance(by: .hours(3))
    environment.take(.changed(.test("a", .critical)))
    #expect(environment.advance(by: .hours(3)) == [])
    #expect(environment.advance(by: .hours(1)) == ["pager: reminder a"])
  }

  @Test("are one message for recipients of many alerts at once")
  func together() throws {
    var environment = try PolicyEnvironment(#"{"routes": [{"to": "pager", "group": {"wait": 0}, "repeat": "4h"}]}"#)
    environment.take(.fired("a"), .fired("b", .critical))
    environment.advance(by: .zero)
    #expect(environment.advanceTogether(by: .hours(4)) == ["pager: reminder b a"])
  }

  @Test("stop for an acknowledged alert, until it resolves and fires again")
  func acknowledged() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    environment.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "on it"))
    #expect(environment.reasons.first?.contains("acknowledged by ann (on it)") == true)
    #expect(environment.advance(by: .hours(9)) == [])
    environment.take(.ended("a"))
    environment.take(.fired("a"))
    #expect(environment.advance(by: .hours(4)).count == 2)
  }

  @Test("stop for an acknowledged alert, and a message that it became more severe names who acknowledged it")
  func acknowledgedAndWorse() throws {
    var environment = try PolicyEnvironment(file)
    let start = environment.now
    environment.take(.fired("a", .warning))
    environment.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "on it"))
    environment.advance(by: .minutes(5))
    environment.take(.changed(.test("a", .critical)))
    let flags = environment.deliveries.compactMap { $0.flags[Alert.test("a").key] }
    #expect(!flags.isEmpty && flags.allSatisfy { $0.acknowledgedBy == "ann" && $0.since == start })
  }

  @Test("continue when the acknowledgement is withdrawn, an overdue one at once")
  func unacknowledged() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    let key = Alert.test("a").key
    environment.take(.unacknowledged(key, by: "ben"))
    #expect(!environment.reasons.contains { $0.contains("withdrawn") })
    environment.take(.acknowledged(key, by: "ann", comment: ""))
    #expect(environment.advance(by: .hours(9)) == [])
    environment.take(.acknowledged(key, by: "ann", comment: ""), .unacknowledged(key, by: "ben"))
    #expect(environment.reasons.contains { $0.contains("acknowledgement withdrawn by ben") })
    #expect(environment.advance(by: .zero).count == 2)
    #expect(environment.advance(by: .hours(4)).count == 2)
  }

  @Test("continue if the acknowledgement was for an earlier firing")
  func laterFiring() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    let first = environment.now
    environment.advance(by: .minutes(5))
    environment.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "", during: first - .seconds(1)))
    #expect(!environment.reasons.contains { $0.contains("acknowledged") })
    environment.take(.ended("a"))
    environment.take(.fired("a"))
    environment.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "", during: first))
    #expect(!environment.reasons.contains { $0.contains("acknowledged") })
    environment.take(.acknowledged(Alert.test("a").key, by: "ann", comment: "", during: environment.now))
    #expect(environment.reasons.first?.contains("acknowledged by ann") == true)
  }

  @Test("are not delayed on one channel by another channel's quiet hours")
  func reminderInQuiet() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": ["pager", "mail"], "repeat": "1h"}], "cooldown": 0}"#,
      quiet: ["pager": #"{"from": "08:30", "to": "14:00"}"#]
    )
    environment.take(.fired("a"))
    #expect(environment.advance(by: .hours(4)).count { $0 == "mail: reminder a" } == 4)
  }

  @Test("are delayed by quiet hours")
  func quiet() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "repeat": "1h", "quiet": {"from": "08:30", "to": "12:00"}}], "cooldown": 0}"#
    )
    environment.take(.fired("a"))
    #expect(environment.advance(by: .minutes(239)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: reminder a"])
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
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    #expect(environment.advance(by: .minutes(14)) == [])
    #expect(environment.advance(by: .minutes(1)) == ["pager: alert a"])
    #expect(environment.reasons == ["notify a: not acknowledged within 15m (routes[0].escalate[0])"])
    #expect(environment.advance(by: .minutes(45)) == ["journal: alert a"])
    #expect(environment.advance(by: .hours(24)) == [])
    #expect(environment.take(.ended("a")).sorted() == ["journal: resolved a", "mail: resolved a", "pager: resolved a"])
  }

  @Test("stops after an acknowledgement, also between two steps", arguments: [10, 20])
  func acknowledged(minutes: Int) throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    environment.advance(by: .minutes(minutes))
    environment.take(.acknowledged(Alert.test("a").key, by: "ann", comment: ""))
    #expect(environment.advance(by: .hours(24)) == [])
  }

  @Test("stops when the alert ends")
  func ended() throws {
    var environment = try PolicyEnvironment(file)
    environment.take(.fired("a"))
    environment.take(.ended("a"))
    #expect(environment.advance(by: .hours(24)) == [])
    #expect(environment.timers == [:])
  }

  @Test("does not happen for an alert that was never sent: the time counts from the first message")
  func held() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "mail", "quiet": {"from": "08:00", "to": "10:00"}, "escalate": [{"after": "15m", "to": "pager"}]}],
       "cooldown": 0}
      """
    )
    environment.take(.fired("a"))
    #expect(environment.advance(by: .hours(2)) == ["mail: followup a"])
    #expect(environment.advance(by: .minutes(15)) == ["pager: alert a"])
  }

  @Test("is not delayed to one channel by another channel's quiet hours")
  func escalationInQuiet() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": [{"to": "pager", "repeat": "10m", "escalate": {"after": "45m", "to": "mail"}}], "cooldown": 0}"#,
      quiet: ["pager": #"{"from": "08:30", "to": "14:00"}"#]
    )
    environment.take(.fired("a"))
    #expect(environment.advance(by: .minutes(60)).contains("mail: alert a"))
  }

  @Test("is unchanged by an acknowledgement of an inactive alert", arguments: [false, true])
  func unknown(isKnown: Bool) throws {
    var environment = try PolicyEnvironment(file)
    if isKnown {
      environment.take(.fired("a"))
      environment.take(.ended("a"))
    }
    environment.take(.acknowledged(Alert.test("a").key, by: "ann", comment: ""))
    #expect(environment.decisions == [])
  }
}
