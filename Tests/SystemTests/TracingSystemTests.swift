// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation
import Testing

@Suite("Traces of the built program", .systemTest)
struct TracingSystemTests {
  private func folder(_ collector: String) throws -> BelfryFolder {
    try BelfryFolder([
      "alerts.json": #"[{ "id": "a", "severity": "critical", "category": "disk", "title": "A" }]"#,
      "channels.json": """
      {
        "channels": { "out": { "kind": "file", "path": "out.jsonl" } },
        "routes": [{ "to": "out", "cooldown": "0s" }],
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" } },
        "interval": "1s",
        "tracing": { "endpoint": "\(collector)", "headers": { "x-key": "${KEY}" } }
      }
      """,
    ])
  }

  @Test("are at the collector when it has ended, as one trace from the cycle to the attempt", arguments: [true, false])
  func sent(isOnce: Bool) async throws {
    let collector = try LoopbackHTTPServer { _ in .reply(200, "{}") }
    defer { collector.stop() }
    let folder = try folder(collector.url)
    if isOnce {
      #expect(try await folder.run("run", "--once", environment: ["KEY": "s3cr3t"]).status == 0)
    } else {
      let belfry = try folder.start("run", environment: ["KEY": "s3cr3t"])
      try await belfry.line(containing: "sent out")
      belfry.terminate()
      #expect(try await belfry.exit() == 0)
    }
    let requests = collector.requests
    #expect(requests.allSatisfy { $0.target == "/v1/traces" && $0["x-key"] == "s3cr3t" })
    let spans = try requests.flatMap { try Self.spans(in: $0.body) }
    let cycle = try #require(spans.first { $0["name"] == "cycle" })
    let attempt = try #require(spans.first { $0["name"] == "deliver" }, "\(spans)")
    #expect(attempt["traceId"] == cycle["traceId"])
  }

  @Test("that no collector accepts neither fail nor delay anything")
  func refused() async throws {
    let folder = try folder("http://127.0.0.1:9")
    let run = try await folder.run("run", "--once", environment: ["KEY": "s3cr3t"])
    #expect(run.status == 0, "\(run)")
    #expect(run.output.contains("sent out") && run.output.contains("traces: spans are dropped"), "\(run)")
    #expect(!run.output.contains("s3cr3t"))
  }

  /// The string values of each span sent.
  private static func spans(in body: [UInt8]) throws -> [[String: String]] {
    let whole = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    let resources = whole?["resourceSpans"] as? [[String: Any]] ?? []
    let scopes = resources.flatMap { $0["scopeSpans"] as? [[String: Any]] ?? [] }
    return scopes.flatMap { $0["spans"] as? [[String: Any]] ?? [] }.map { $0.compactMapValues { $0 as? String } }
  }
}
