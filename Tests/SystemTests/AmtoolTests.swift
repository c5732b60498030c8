// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// The built program in place of an Alertmanager: used by its own `amtool`, and by a Prometheus that pushes to it.
@Suite("amtool and Prometheus with Belfry's server", .systemTest, .endsIfItHangs)
struct AmtoolTests {
  @Test("amtool adds and lists alerts, and adds, lists and expires silences")
  func amtool() async throws {
    let port = try ServerProcess.freePorts(1)[0]
    let folder = try BelfryFolder(["channels.json": AmtoolTests.channels(port)])
    let belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port)")
    func run(_ arguments: String...) async throws -> String {
      let url = "--alertmanager.url=http://127.0.0.1:\(port)"
      let program = try ServerProcess.program("/usr/bin/amtool")
      return try await Tool.output([program, "--no-version-check", url] + arguments, in: folder.url)
    }
    _ = try await run("alert", "add", "alertname=Disk", "severity=critical", "team=web", "--annotation=summary=Full")
    try await belfry.line(containing: "sent journal critical push/")
    let all = try await run("alert", "query", "--output=json")
    #expect(all.contains(#""alertname":"Disk""#) && all.contains(#""summary":"Full""#))
    #expect(try await run("alert", "query", "team=~w.*").contains("Disk"))
    #expect(try await run("alert", "query", "team!=web").contains("Disk") == false)

    let added = try await run("silence", "add", "team=web", "--duration=1h", "--author=ann", "--comment=deploy")
    let id = added.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try await run("silence", "query", "--quiet").contains(id))
    #expect(try await run("alert", "query", "--active").contains("Disk") == false)
    #expect(try await run("alert", "query", "--silenced").contains("Disk"))
    _ = try await run("silence", "expire", id)
    #expect(try await run("silence", "query", "--quiet").contains(id) == false)
    #expect(try await run("silence", "query", "--expired", "--quiet").contains(id))
    #expect(try await run("alert", "query", "--active").contains("Disk"))

    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
    let rows = String(decoding: folder.bytes(of: "var/audit.jsonl"), as: UTF8.self)
    #expect(rows.contains(#""action":"silence.add""#) && rows.contains(#""action":"silence.end""#))
  }

  @Test("amtool tests the routes, with the same result as for real alerts")
  func routes() async throws {
    let port = try ServerProcess.freePorts(1)[0]
    let folder = try BelfryFolder(["channels.json": AmtoolTests.routes(port)])
    let belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port)")
    let amtool = [
      try ServerProcess.program("/usr/bin/amtool"), "--no-version-check", "--alertmanager.url=http://127.0.0.1:\(port)",
      "config", "routes", "test",
    ]
    for (labels, channels) in AmtoolTests.led {
      let output = try await Tool.output(amtool + labels, in: folder.url)
      #expect(output.trimmingCharacters(in: .whitespacesAndNewlines) == channels, "\(labels)")
    }
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  static let led: [(labels: [String], channels: String)] = [
    (["alertname=Disk", "severity=critical"], "page,log"),
    (["alertname=Disk", "severity=critical", "team=db"], "page,log,mail"),
    (["alertname=Disk"], "mail"), (["alertname=Disk", "severity=warning", "team=web"], "mail"),
    (["alertname=Disk", "severity=info"], "(nobody)"), (["alertname=Disk1", "severity=info"], "digest"),
    (["alertname=x", "category=Disk1", "severity=info"], "digest"),
    (["alertname=Disk1", "category=x", "severity=info"], "(nobody)"),
    (["alertname=it's", "severity=info", "host=a\\\"b'"], "odd"),
    (["alertname=x", "severity=info", "source=app"], "app"),
    (["alertname=x", "severity=info", "host=push"], "push"),
    (["alertname=x", "severity=info", "host=push", "source=app"], "app"),
    (["alertname=x", "tree=a"], "mail,log"), (["alertname=x", "tree=a", "severity=critical"], "page"),
    (["alertname=x", "tree=a", "host=x"], "(nobody)"), (["alertname=x", "tree=b"], "mail"),
    (["alertname=x", "tree=b", "severity=critical"], "page,log"),
    (["alertname=x", "tree=b", "severity=critical", "host=x"], "page,log,app"),
    (["alertname=x", "tree=b", "severity=critical", "host=y"], "odd"),
    (["alertname=x", "tree=b", "host=y"], "page,log"),
  ]

  static func routes(_ port: Int) -> String {
    let names = ["aaa", "app", "digest", "log", "mail", "odd", "page", "push"]
    let files = names.map { "\"\($0)\": {\"kind\": \"file\", \"path\": \"var/\($0).jsonl\"}" }.joined(separator: ", ")
    return """
      {
        "channels": { \(files) },
        "sources": { "app": { "kind": "file", "path": "alerts.json" } },
        "routes": [
          { "match": { "labels": { "tree": "a" } }, "to": ["mail", "log"], "routes": [
            { "match": { "severity": "critical" }, "to": "page" }, { "match": { "labels": { "host": "x" } }, "drop": true } ] },
          { "match": { "labels": { "tree": "b" } }, "to": "mail", "routes": [
            { "match": { "severity": "critical", "labels": { "host": { "not": "y" } } }, "to": ["page", "log"], "continue": true },
            { "match": { "labels": { "host": "y" } }, "to": ["page", "log"], "routes": {
              "match": { "severity": "critical" }, "to": "odd" } },
            { "match": { "labels": { "host": "x" } }, "to": "app" } ] },
          { "match": { "severity": "critical" }, "to": ["page", "log"], "continue": true },
          { "match": { "severity": "critical", "labels": { "team": { "not": ["", "web"] } } }, "to": "mail" },
          { "match": { "severity": "warning" }, "to": "mail" },
          { "match": { "category": "/^Disk[0-9]$/" }, "digest": "daily" },
          { "match": { "labels": { "host": "a\\"b'" } }, "to": "odd" },
          { "match": { "source": "app" }, "to": "app" },
          { "match": { "source": "push", "labels": { "host": "pu*" } }, "to": "push" }
        ],
        "digests": { "daily": { "at": "09:00", "timezone": "Europe/Paris", "to": "digest" } },
        "unrouted": "drop",
        "server": { "listen": "127.0.0.1:\(port)" }
      }
      """
  }

  @Test("a Prometheus pushes to it as to an Alertmanager, and the end is sent")
  func prometheus() async throws {
    let port = try ServerProcess.freePorts(1)[0]
    let folder = try BelfryFolder(["channels.json": AmtoolTests.channels(port)])
    let belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port)")
    let target = try Target()
    let prometheus = try await PrometheusServer(watching: target.port, pushingTo: port)
    try await belfry.line(containing: "sent journal critical push/")
    target.revive()
    try await prometheus.isCalm(about: "TargetDown")
    try await belfry.line(containing: "sent journal resolved push/")
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  static func channels(_ port: Int) -> String {
    """
    {
      "channels": { "journal": { "kind": "file", "path": "var/journal.jsonl" } },
      "routes": [{ "to": "journal", "resolved": true }],
      "cooldown": "0s",
      "server": { "listen": "127.0.0.1:\(port)" }
    }
    """
  }
}
