// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryOperations
import BelfryTesting
import Testing

@testable import BelfryApp

@Suite("Acknowledging an alert")
struct AckTests {
  private func acknowledge(_ id: String, on desk: Desk, by: String = "ann") async throws -> String {
    let key = AlertKey(source: "app", id: id)
    let event = Event.acknowledged(key, by: by, comment: "on it")
    let record = try #require(try await desk.ledger.record(of: key))
    let stopped = AckCommand.stopped(record, desk.policy)
    try await desk.take(event)
    return AckCommand.text(record, by: event, stopped, desk.clock)
  }

  @Test("states what it stops, and who acknowledged it before")
  func stops() async throws {
    let desk = try await Desk(WhyTests.rules)
    try await desk.take(.fired(.sample("db", .critical)))
    desk.time.advance(by: .seconds(300))
    #expect(
      try await acknowledge("db", on: desk) == """
        acknowledged by ann (on it): critical app/db “Trouble with db”
        stops: phone would have been told 2027-01-15T09:15:00+01:00 (in 10m) (routes[0].escalate[0], line 11)
        stops: oncall, journal would have been reminded 2027-01-15T13:00:00+01:00 (in 3h55m) (routes[0].repeat, line 10)
        """
    )
    #expect(
      try await acknowledge("db", on: desk, by: "ben") == """
        acknowledged by ben (on it): critical app/db “Trouble with db”
        before, ann had it, since 2027-01-15T09:05:00+01:00 (now)
        """
    )
  }

  @Test("states that there was nothing to stop")
  func nothing() async throws {
    let desk = try await Desk(WhyTests.rules)
    try await desk.take(.fired(.sample("disk")))
    #expect(try await acknowledge("disk", on: desk).hasSuffix("no reminder and no escalation was to come"))
  }

  @Test("is refused for an alert that is unknown, has ended, or is active in two sources")
  func refusals() async throws {
    let desk = try await Desk(WhyTests.rules)
    let finder = AlertFinder(ledger: desk.ledger, configuration: desk.configuration)
    func refusal(_ id: String) async throws -> String {
      AckCommand.refusal(id, try await finder.alerts(id), try await finder.near(id), desk.clock)
    }
    try await desk.take(.fired(.sample("disk-7")), .fired(.sample("disk-7", source: "old")), .fired(.sample("gone")))
    try await desk.take(.resolved(AlertKey(source: "app", id: "gone")))
    #expect(
      try await refusal("disk-7")
        == "disk-7 is active in 2 sources; say which: belfry ack app/disk-7, or belfry ack old/disk-7"
    )
    #expect(
      try await refusal("gone")
        == "app/gone is not active: it ended 2027-01-15T09:00:00+01:00 (now). There is nothing to acknowledge."
    )
    #expect(
      try await refusal("disk-8") == """
        no alert disk-8 was ever seen, so nothing was acknowledged
        did you mean app/disk-7?
        did you mean old/disk-7?
        """
    )
  }
}
