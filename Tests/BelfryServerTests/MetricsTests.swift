// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@testable import BelfryServer

@Suite("Metrics")
struct MetricsTests {
  @Test("show the state of alerts, channels and sources")
  func scrape() async throws {
    try await TestServer.run { server in
      let now = server.time.now()
      try await server.ledger.note(sources: [
        SourceNote(name: "good", lastRead: now, active: 3, at: now),
        SourceNote(name: "bad", lastRead: nil, trouble: .init("gone", since: now), active: 0, at: now),
      ])
      try await server.ledger.note(circuits: [
        CircuitNote(
          channel: "page",
          since: now,
          until: now + .seconds(60),
          rest: .seconds(60),
          because: .init("network", "refused")
        )
      ])
      _ = try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]")
      server.time.advance(by: .seconds(7))
      let answer = try await server.send("GET", "/metrics")
      #expect(answer.status == 200)
      let lines = Set(answer.body.split(separator: "\n").map(String.init))
      let expected = [
        "belfry_build_info{version=\"1.0\"} 1",
        "belfry_alerts{state=\"told\"} 1",
        "belfry_alerts{state=\"muted\"} 0",
        "belfry_ledger_deliveries{channel=\"page\",status=\"pending\"} 1",
        "belfry_queue_oldest_age_seconds{channel=\"page\"} 7",
        "belfry_queue_oldest_age_seconds{channel=\"journal\"} 0",
        "belfry_circuit_open{channel=\"page\"} 1",
        "belfry_circuit_open{channel=\"journal\"} 0",
        "belfry_source_up{source=\"bad\"} 0",
        "belfry_source_up{source=\"good\"} 1",
        "belfry_source_alerts{source=\"good\"} 3",
        "belfry_part_up{part=\"cycle\"} 1",
        "# TYPE belfry_decisions_total counter",
        "belfry_decisions_total{rule=\"routes[0]\",outcome=\"notify\"} 1",
        "belfry_deliveries_total{channel=\"page\",outcome=\"dead\"} 0",
        "belfry_source_readings_total{source=\"app\",outcome=\"failed\"} 0",
        "# TYPE belfry_ledger_seconds histogram",
        "belfry_ledger_seconds_bucket{transaction=\"ingest\",le=\"0.001\"} 1",
        "belfry_ledger_seconds_bucket{transaction=\"ingest\",le=\"+Inf\"} 1",
        "belfry_ledger_seconds_count{transaction=\"ingest\"} 1",
        "belfry_config_last_reload_successful 1",
        "belfry_config_version 1",
      ]
      #expect(expected.filter { !lines.contains($0) } == [], "\(answer.body)")
      let exported = Set(lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }.map(String.init))
      #expect(exported == Set(Metric.allCases.map(\.name)))
    }
  }

  @Test("are exactly those listed in docs/metrics.md")
  func documented() throws {
    let page = try MetricsTests.docs("metrics.md")
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
    let named = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
    #expect(named == Metric.allCases.map(\.name))
  }

  @Test(
    "include every metric that the alert rules and the dashboard use",
    arguments: ["prometheus/belfry.rules.yml", "grafana/belfry.json"]
  )
  func rules(_ path: String) throws {
    let names = try MetricsTests.docs(path).matches(of: /belfry_[a-z_]+/).map { String($0.output) }
    #expect(names.count >= 5)
    let exported = Metric.allCases.flatMap { metric in
      metric.kind == .histogram ? ["_bucket", "_sum", "_count"].map { metric.name + $0 } : [metric.name]
    }
    #expect(Set(names).subtracting(exported) == [])
  }

  @Test("cannot have a line forged by a label's value or a HELP text")
  func escaping() {
    var page = Exposition()
    page.write(.sourceUp, [.init(0.5, ("source", "a\"b\\c\nd 1"))])
    let last = page.text.split(separator: "\n").last.map(String.init)
    #expect(last == #"belfry_source_up{source="a\"b\\c\nd 1"} 0.5"#)
    #expect(page.text.filter { $0 == "\n" }.count == 3)
  }

  private static func docs(_ path: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/" + path), encoding: .utf8)
  }
}
