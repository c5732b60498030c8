// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Belfry
import BelfryConfiguration
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import Foundation
import Testing

@testable import BelfryApp

@Suite("An explanation on the command line")
struct ExplainCommandTests {
  private static let rules = """
    {"channels": {"day": {"kind": "file", "path": "a.jsonl"}, "page": {"kind": "file", "path": "b.jsonl"}},
     "routes": [{"match": {"severity": "critical"}, "to": "page"},
                {"match": {"category": "disk"}, "to": "page", "quiet": {"from": "02:00", "to": "04:00", "days": "sat"}},
                {"to": "day"}]}
    """
  private let paris = TimeZone(identifier: "Europe/Paris") ?? .gmt

  @Test(
    "takes severity and category from the labels as for a pushed alert, unless they are given",
    arguments: [
      (["--label", "severity=critical"], "critical", ""),
      (["--label", "severity=CRITICAL", "--label", "alertname=DiskFull"], "critical", "DiskFull"),
      (["--label", "category=disk", "--label", "alertname=DiskFull"], "warning", "disk"),
      (
        ["--label", "severity=critical", "--label", "category=a", "--severity", "info", "--category", "b"], "info", "b"
      ),
      (["--label", "severity=critical", "--category", ""], "critical", ""),
      (["--label", "severity=page"], "page", ""), (["--severity", "info"], "info", ""),
      (["--category", "disk"], "warning", "disk"), (["--label", "severity="], "warning", ""),
    ]
  )
  func fields(arguments: [String], severity: String, category: String) throws {
    let alert = try ExplainCommand.parse(arguments).description.alert
    #expect(alert.severity.name == severity)
    #expect(alert.category == category)
    #expect(alert.source == .command)
  }

  @Test(
    "reads a day and a time of day as the next such moment in local time",
    arguments: [
      ("sat 03:00", "2027-01-16T02:00:00Z"), ("Fri 09:30", "2027-01-15T08:30:00Z"),
      ("fri 09:00", "2027-01-22T08:00:00Z"),
      ("12:00", "2027-01-15T11:00:00Z"), ("2027-01-16T02:00:00Z", "2027-01-16T02:00:00Z"),
    ]
  )
  func moments(text: String, moment: String) throws {
    let command = try ExplainCommand.parse(["--severity", "info", "--at", text])
    #expect(try command.moment(at: TestEnvironment.start, in: paris)?.iso8601 == moment)
  }

  @Test(
    "refuses a time that it cannot read, or that has passed",
    arguments: [
      ("saturday", "Cannot read --at \"saturday\""), ("day 03:00", "Cannot read --at"),
      ("sat 03:00 sharp", "Cannot read --at"), ("2027-01-15T08:30", "(30m ago) is in the past"),
    ]
  )
  func refusals(text: String, message: String) throws {
    let command = try ExplainCommand.parse(["--severity", "info", "--at", text])
    let failure = #expect(throws: CommandFailure.self) { try command.moment(at: TestEnvironment.start, in: paris) }
    #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "")")
  }

  @Test(
    "is a usage error without an alert, or with two",
    arguments: [[], ["--source", "app"], ["--alert", "a", "--severity", "info"], ["--alert", "a", "--label", "a=b"]]
  )
  func usage(arguments: [String]) {
    #expect(throws: (any Error).self) { try ExplainCommand.parse(arguments) }
  }

  @Test("compares quiet hours with the time that was asked about")
  func quiet() async throws {
    let environment = try await TestEnvironment(Self.rules).adopted()
    func text(at moment: Instant?) async throws -> String {
      let described = AlertDescription(severity: nil, category: "disk", source: .command, labels: [])
      let report = try await ExplainReport.read(
        described,
        from: environment.ledger,
        environment.configuration,
        at: moment,
        now: TestEnvironment.start
      )
      return report.text(TimeText(now: TestEnvironment.start, zone: paris), environment.configuration.notes)
    }
    let night = try await text(at: Instant(iso8601: "2027-01-16T03:00:00Z"))
    #expect(night.hasPrefix("at 2027-01-16T04:00:00+01:00 (in 19h)\n"))
    #expect(night.contains("now, until 2027-01-16T04:00:00Z"))
    let now = try await text(at: nil)
    #expect(now.hasPrefix("· routes[0]"))
    #expect(now.contains(": not now"))
  }

  @Test("explains an alert of the ledger as it is now, and the active one of several")
  func recorded() async throws {
    let environment = try await TestEnvironment(Self.rules).adopted()
    var alert = Alert.sample("d", .warning, "disk")
    try await environment.take(.fired(alert))
    alert.severity = .critical
    try await environment.take(.changed(alert))
    alert.source = "other"
    try await environment.take(.fired(alert))
    func read(_ text: String) async throws -> ExplainReport {
      try await .read(
        .typed(text),
        from: environment.ledger,
        environment.configuration,
        at: nil,
        now: TestEnvironment.start
      )
    }
    await #expect(throws: OperationRefusal.self) { try await read("d") }
    let named = try await read("app/d")
    #expect(named.recorded?.description == "app/d")
    #expect(named.explanation.outcome == "It goes to page.")
    let text = named.text(TimeText(now: TestEnvironment.start, zone: paris), environment.configuration.notes)
    #expect(text.hasPrefix("alert app/d\n✓ routes[0]"))
    try await environment.take(.resolved(alert.key))
    #expect(try await read("d").recorded?.description == "app/d")
    let refusal = await #expect(throws: OperationRefusal.self) { try await read("e") }
    #expect(refusal?.code == .unknown)
  }
}
