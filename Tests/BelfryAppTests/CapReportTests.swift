// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("What Belfry says of a cap")
struct CapReportTests {
  private static let file = """
    {
      "channels": {
        "pager": { "kind": "file", "path": "a.txt", "cap": { "over": 1, "per": "1h", "note": "sms are dear" } },
        "mail": { "kind": "file", "path": "b.txt" }
      },
      "cooldown": 0,
      "routes": [
        { "match": { "category": "net" }, "to": "mail", "cap": { "over": 3, "per": "1d", "except": [] } },
        { "to": ["pager", "mail"] }
      ]
    }
    """

  private func full() async throws -> TestEnvironment {
    let environment = try await TestEnvironment(Self.file).adopted()
    try await environment.take(.fired(.sample("x")))
    try await environment.take(.fired(.sample("y")))
    return environment
  }

  @Test("names it, its line, its note and its end in why")
  func why() async throws {
    let why = try await full().why("y")
    let rule = "(channels.pager.cap, line 3)"
    #expect(why.contains("because the cap of pager is reached \(rule)"), "\(why)")
    #expect(why.contains("the cap of pager has room again; sent then if still firing \(rule) “sms are dear”"), "\(why)")
    #expect(why.contains("new alert; the cap of pager is reached: 1 message in 1h"), "\(why)")
  }

  @Test("names its end and how many wait in status")
  func status() async throws {
    let environment = try await full()
    let report = try await StatusReport.read(environment.ledger, environment.configuration)
    let lines = report.lines(environment.clock)
    #expect(lines.contains("next: in 1h, the cap of pager has room again (1 waiting)"), "\(lines)")
    #expect(report.json(at: environment.now).contains(#""timer":"cap:channel pager""#))
  }

  @Test("is what explain says of every alert that it may hold, and of those that it does not")
  func explain() throws {
    let policy = try TestEnvironment(Self.file).policy
    let said = { (severity: Severity, category: String) in
      policy.explain(.sample("x", severity, category), at: TestEnvironment.start).steps.flatMap(\.throttles).map(
        \.description
      )
    }
    let more = "more are sent in one follow-up when there is room"
    #expect(said(.warning, "disk") == ["cap: at most 1 message in 1h to pager; \(more) (channels.pager.cap, line 3)"])
    #expect(said(.critical, "disk") == ["cap: does not hold critical alerts (channels.pager.cap, line 3)"])
    #expect(
      said(.critical, "net") == [
        "cap: at most 3 messages in 1d of this route to each channel; \(more) (routes[0].cap, line 8)"
      ]
    )
  }
}
