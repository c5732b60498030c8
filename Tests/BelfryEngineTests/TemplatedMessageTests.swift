// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryPolicy
import BelfryTestKit
import BelfryTransport
import Foundation
import Testing

@Suite("A message with a template", .endsIfItHangs)
struct TemplatedMessageTests {
  private static let json = #"""
    {"channels": {"plain": {"kind": "file", "path": "plain.txt", "format": "text"},
                  "log": {"kind": "file", "path": "log.txt", "format": "text",
                          "template": {"title": "Channel {{ channel }}: {{ title }}"}}},
     "routes": [
       {"match": {"category": "disk"}, "to": ["log", "plain"],
        "template": {"title": "Route {{ route }}: {{ title }}", "body": "{{ alerts.0.labels.host }} since {{ alerts.0.since }}"},
        "routes": [{"match": {"severity": "info"}}, {"match": {"severity": "warning"}, "template": null}]},
       {"match": {"category": "endless"}, "to": "log",
        "template": {"title": "{% for a in alerts.0.labels %}{% for b in alerts.0.labels %}{% for c in alerts.0.labels %}{% endfor %}{% endfor %}{% endfor %}x"}},
       {"to": ["log", "plain"]}], "cooldown": 0}
    """#

  private func fire(_ alert: Alert, _ environment: TestEnvironment) async throws -> [String] {
    let before = environment.sent.count
    _ = try await environment.dispatcher.ingest([.fired(alert)], policy: environment.policy)
    try await environment.dispatcher.drain()
    return environment.sent.dropFirst(before).compactMap { outgoing in
      if case .append(let append) = outgoing { String(decoding: append.bytes, as: UTF8.self) } else { nil }
    }
  }

  @Test("uses that of the route, else that of the channel, else the built-in text")
  func precedence() async throws {
    let environment = try TestEnvironment(Self.json) { _ in .appended }
    var disk = alert("a", .critical, title: "Disk full")
    disk.labels = ["host": "db-1"]
    disk.firstSeen = "2026-11-23T08:00:00Z"
    let messages = try await fire(disk, environment)
    #expect(messages.count == 2)
    for message in messages {
      #expect(message.contains("Route routes[0]: Disk full"))
      #expect(message.contains("db-1 since 2026-11-23T08:00:00Z"))
    }
    let others = try await fire(alert("b", category: "slow", title: "Slow"), environment)
    #expect(others.count == 2)
    #expect(others.count { $0.contains("Channel log: Slow") } == 1)
    #expect(others.count { !$0.contains("Channel") && $0.contains("Slow") } == 1)
  }

  @Test("of a nested route is that of the route around it, unless it refuses that")
  func nested() async throws {
    let environment = try TestEnvironment(Self.json) { _ in .appended }
    let inherited = try await fire(alert("a", .info, title: "Disk half full"), environment)
    #expect(inherited.count == 2 && inherited.allSatisfy { $0.contains("Route routes[0].routes[0]: Disk half full") })
    let refused = try await fire(alert("b", .warning, title: "Disk nearly full"), environment)
    #expect(refused.count == 2 && refused.allSatisfy { !$0.contains("Route routes") })
    #expect(refused.count { $0.contains("Channel log: Disk nearly full") } == 1)
  }

  @Test("is sent with the built-in text and one note if the template fails, and counted")
  func fault() async throws {
    let environment = try TestEnvironment(Self.json) { _ in .appended }
    var endless = alert("a", category: "endless", title: "Endless")
    endless.labels = Labels((0..<100).map { Labels.Label(name: "l\($0)", value: "") })
    let message = try #require(try await fire(endless, environment).first)
    let note = "built-in text, because `title` of the template cannot be used: it takes more than 10,000 steps"
    #expect(message.contains("Endless") && message.components(separatedBy: note).count == 2)
    #expect(environment.shown(.templateFaults) == ["log: 1"])
    _ = try await fire(alert("b", category: "slow"), environment)
    #expect(environment.shown(.templateFaults) == ["log: 1"])
  }
}
