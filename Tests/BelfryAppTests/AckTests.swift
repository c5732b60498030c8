// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing
@testable import BelfryApp

@Suite("Acknowledging an alert")
struct AckTests {
  private func acknowledge(_ id: String, on environment: TestEnvironment, by: String = "ann") async throws -> String {
    let action = Acknowledge(.typed(id), comment: "on it")
    return try await environment.operations().perform(action, by: Operator(by, .cli)).text(environment.clock)
  }

  @Test("states what it stops, and who acknowledged it before")
  func stops() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("db", .critical)))
    environment.time.advance(by: .seconds(300))
    #expect(
      try await acknowledge("db", on: environment) == """
        acknowledged by ann (on it): critical app/db “Trouble with db”
        stops: escalation to phone at 2027-01-15T09:15:00+01:00 (in 10m) (routes[0].escalate[0], line 11)
        stops: reminder to oncall, journal at 2027-01-15T13:00:00+01:00 (in 3h55m) (routes[0].repeat, line 10)
        """
    )
    #expect(
      try await acknowledge("db", on: environment, by: "ben") == """
        acknowledged by ben (on it): critical app/db “Trouble with db”
        previously acknowledged by ann at 2027-01-15T09:05:00+01:00 (now)
        """
    )
  }

  @Test("states that there was nothing to stop")
  func nothing() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("disk")))
    #expect(try await acknowledge("disk", on: environment).hasSuffix("no reminders or escalations were pending"))
  }

  @Test("is refused for an alert that is unknown, has ended, or is active in two sources")
  func refusals() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    func refusal(_ id: String) async throws -> OperationRefusal? {
      await #expect(throws: OperationRefusal.self) { try await acknowledge(id, on: environment) }
    }
    try await environment.take(
      .fired(.sample("disk-7")),
      .fired(.sample("disk-7", source: "old")),
      .fired(.sample("gone"))
    )
    try await environment.take(.resolved(AlertKey(source: "app", id: "gone")))
    let ambiguous = try await refusal("disk-7")
    #expect(ambiguous?.code == .ambiguous)
    #expect(
      ambiguous?.description == "disk-7 is active in 2 sources. Name one of them: app/disk-7 or old/disk-7"
    )
    let ended = try await refusal("gone")
    #expect(ended?.code == .ended)
    #expect(ended?.description.hasPrefix("app/gone is not active: it resolved 2027-01-15T") == true)
    let unknown = try await refusal("disk-8")
    #expect(unknown?.code == .unknown)
    #expect(
      unknown?.description == """
        unknown alert "disk-8"
        did you mean app/disk-7?
        did you mean old/disk-7?
        """
    )
  }
}
