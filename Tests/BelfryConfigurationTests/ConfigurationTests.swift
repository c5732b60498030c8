// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfrySources
import BelfryTestKit
import Testing

@Suite("The meaning of a configuration file")
struct ConfigurationTests {
  private let routes = #""routes": [{"to": ["pager", "mail", "journal"]}]"#

  @Test("omitted keys have the documented defaults")
  func defaults() throws {
    let configuration = try Configuration.reading("{\(routes)}")
    #expect(configuration.interval == .seconds(180))
    #expect(configuration.state == .file("/etc/belfry/var/belfry.db"))
    #expect(configuration.audit.path == "/etc/belfry/var/audit.jsonl")
    #expect(configuration.product == "Belfry")
    #expect(configuration.cockpit == "")
    #expect(configuration.rules.mode == .immediate)
    #expect(configuration.rules.cooldown?.window == .seconds(1800))
    #expect(configuration.rules.cooldown?.by == [.category])
    #expect(configuration.rules.burst == nil)
    #expect(configuration.rules.digests.isEmpty)
    #expect(configuration.rules.unrouted == nil)
    #expect(configuration.sources.isEmpty)
  }

  @Test("relative paths refer to the folder of the file")
  func paths() throws {
    let configuration = try Configuration.reading(
      #"{\#(routes), "state": "b.db", "audit": "/var/log/a", "sources": {"a": {"kind": "file", "path": "x/alerts.json"}}}"#
    )
    #expect(configuration.state == .file("/etc/belfry/b.db"))
    #expect(configuration.audit.path == "/var/log/a")
    #expect(configuration.folder == "/etc/belfry")
    #expect(configuration.sources.first?.subject == "x/alerts.json")
  }

  @Test("the audit log is a path, or an object with a rotation")
  func audit() throws {
    let configuration = try Configuration.reading(
      #"{\#(routes), "audit": {"path": "a.jsonl", "rotate": {"size": "50MB", "every": "day", "keep": 30}}}"#
    )
    let rotation = LogRotation(size: 50_000_000, every: .day, keep: 30)
    #expect(configuration.audit == AuditPlace(path: "/etc/belfry/a.jsonl", rotation: rotation))
    let byMonth = try Configuration.reading(#"{\#(routes), "audit": {"rotate": {"every": "month"}}}"#)
    #expect(byMonth.audit == AuditPlace(path: "/etc/belfry/var/audit.jsonl", rotation: LogRotation(every: .month)))
  }

  @Test(
    "an invalid rotation is an error",
    arguments: [
      (#"{"keep": 3}"#, "it has neither `size` nor `every`."), (#"{"size": "50"}"#, "expected a size such as"),
      (#"{"size": "0MB"}"#, "expected a size such as"), (#"{"size": 50}"#, "expected a size such as"),
      (#"{"size": "-1MB"}"#, "expected a size such as"), (#"{"size": "MB"}"#, "expected a size such as"),
      (#"{"every": "hour"}"#, "\"hour\" is not allowed here"), (#"{"every": "day", "keep": 0}"#, "from 1, found 0"),
    ]
  )
  func wrongRotation(rotation: String, message: String) {
    let error = #expect(throws: Unreadable.self) {
      try Configuration.reading(#"{\#(routes), "audit": {"rotate": \#(rotation)}}"#)
    }
    let findings = error?.findings.map(\.text) ?? []
    #expect(findings.contains { $0.contains("audit.rotate") && $0.contains(message) }, "\(findings)")
  }

  @Test("a size is written with its unit", arguments: [("500kB", 500_000), ("1mb", 1_000_000), ("2GB", 2_000_000_000)])
  func sizes(text: String, bytes: Int) throws {
    let configuration = try Configuration.reading(#"{\#(routes), "audit": {"rotate": {"size": "\#(text)"}}}"#)
    #expect(configuration.audit.rotation?.size == bytes)
  }

  @Test("a state in memory is requested with a word")
  func memory() throws {
    #expect(try Configuration.reading(#"{\#(routes), "state": "memory"}"#).state == .memory)
  }

  @Test("the cockpit's address has no trailing slash, and is missing if its variable is not set")
  func cockpit() throws {
    let text = #"{\#(routes), "cockpit": "${URL:-}"}"#
    #expect(
      try Configuration.reading(text, environment: ["URL": "https://c.example.com/x/"]).cockpit
        == "https://c.example.com/x"
    )
    #expect(try Configuration.reading(text).cockpit == "")
    #expect(try Configuration.reading(text, environment: ["URL": "nonsense"]).cockpit == "")
  }

  @Test("a rule knows its line")
  func lines() throws {
    let configuration = try Configuration.reading(
      """
      {"cooldown": "5m",
       "routes": [
         {"match": {"severity": "critical"}, "to": ["pager", "mail", "journal"],
          "cooldown": "1m"},
         {"to": "pager", "burst": {
            "over": 3}}],
       "digests": {
         "d": {"every": "1h", "to": "mail"}},
       "mode": "digest", "unrouted": "drop"}
      """
    )
    let rules = configuration.rules
    #expect(rules.cooldown?.rule == Rule(path: "cooldown", line: 1))
    #expect(rules.table.routes[0].rule == Rule(path: "routes[0]", line: 3))
    #expect(rules.table.routes[0].cooldown?.rule == Rule(path: "routes[0].cooldown", line: 4))
    #expect(rules.table.routes[1].burst?.rule == Rule(path: "routes[1].burst", line: 5))
    #expect(rules.digests[0].rule == Rule(path: "digests.d", line: 8))
    #expect(rules.modeRule == Rule(path: "mode", line: 9))
    #expect(rules.unrouted == Rule(path: "unrouted", line: 9))
  }

  @Test("a route stays the same after an edit that moves it, and changes when it leads elsewhere")
  func identity() throws {
    func identities(_ routes: String) throws -> [String] {
      try Configuration.reading(
        "{\"routes\": \(routes), \"burst\": {\"over\": 9, \"to\": [\"pager\", \"mail\", \"journal\"]}}"
      )
      .rules.table.routes.map(\.identity)
    }
    let disk = #"{"match": {"category": "disk"}, "to": "pager"}"#
    let before = try identities("[\(disk), {\"to\": \"mail\"}]")
    let after = try identities(#"[{"match": {"source": "cli"}, "to": "mail"}, \#(disk), {"to": "journal"}]"#)
    #expect(after[1] == before[0])
    #expect(!before.contains(after[2]))
  }

  /// Cooldowns, groups and notified channels of older ledgers name their route by its identity.
  @Test(
    "a route that is not nested has the identity that it had before routes could be nested",
    arguments: [
      (#"{"to": "pager"}"#, "7ac43bc2248449a1"),
      (#"{"match": {"severity": "critical"}, "to": ["pager", "mail"]}"#, "bcc754cae7c98335"),
      (#"{"match": {"severity": "warning+"}, "to": "pager"}"#, "3acbde6014c98ed5"),
      (#"{"match": {"category": "disk*"}, "to": "pager"}"#, "2c273177ca9fabb1"),
      (#"{"match": {"category": ["disk*", "net"]}, "to": "pager"}"#, "8814f702f565a9af"),
      (#"{"match": {"source": "cli"}, "to": "pager"}"#, "d59a8abe8e6301d7"),
      (#"{"match": {"labels": {"team": "web", "host": "a"}}, "to": "pager"}"#, "70635b4a0b3c151a"),
      (#"{"match": {"labels": {"team": {"not": "web"}}}, "to": "pager"}"#, "9931758c4219c946"),
      (#"{"match": {"category": "/^db-[0-9]$/"}, "to": "pager"}"#, "07286b8a5a04f97d"),
      (#"{"match": {"severity": "info"}, "digest": "daily"}"#, "5e28a6bb24711310"),
    ]
  )
  func constantIdentity(route: String, identity: String) throws {
    let rules = try Configuration.reading(
      "{\"routes\": [\(route)], \"digests\": {\"daily\": {\"every\": \"1h\", \"to\": \"mail\"}}, \"unrouted\": \"drop\"}"
    ).rules
    #expect(rules.table.routes.map(\.identity) == [identity])
  }

  @Test("the file in the documentation is read as far as its keys are known")
  func documented() throws {
    let text = """
      {
        "$schema": "docs/channels.schema.json",
        "version": 1,
        "channels": {
          "oncall": { "kind": "test", "token": "${SLACK_BOT_TOKEN}", "to": "U012ABCDEF" },
          "mail":   { "kind": "test", "token": "${SMTP_PASSWORD}", "to": "ops", "address": "Belfry <belfry@example.com>" },
          "journal":{ "kind": "test", "token": "${SMTP_PASSWORD}", "to": "var/notifications.jsonl" }
        },
        "routes": [
          { "match": { "severity": "critical" }, "to": ["oncall", "journal"], "cooldown": "5m", "resolved": true },
          { "match": { "severity": "info", "labels": { "team": "web" } }, "to": "mail", "digest": "daily" },
          { "to": "journal" }
        ],
        "mode": "immediate",
        "cooldown": { "window": "30m", "by": "category" },
        "burst": { "over": 5, "to": "oncall" },
        "digests": { "daily": { "at": "09:00", "timezone": "Europe/Paris", "to": "mail" } },
        "sources": { "app": { "kind": "file", "path": "alerts.json" } },
        "interval": "180s",
        "state": "var/belfry.db",
        "audit": "var/audit.jsonl"
      }
      """
    let reader = ConfigurationReader(
      registry: TestChannel.registry,
      sources: .builtIn,
      environment: ["SLACK_BOT_TOKEN": "xoxb-1", "SMTP_PASSWORD": "secret"]
    )
    let source = SourceText(name: "channels.json", bytes: Array(text.utf8))
    let read = reader.read(source, folder: "/etc/belfry")
    #expect(read.findings.isEmpty)
    let rules = try #require(read.configuration).rules
    #expect(rules.table.routes.map(\.to) == [["oncall", "journal"], ["mail"], ["journal"]])
    #expect(rules.digests.map(\.name) == ["daily"])
  }
}
