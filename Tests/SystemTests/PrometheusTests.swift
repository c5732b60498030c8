// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Synchronization
import Testing

/// The built program with a real Prometheus, from a target that dies until it is alive again.
@Suite("A real Prometheus", .systemTest, .endsIfItHangs)
struct PrometheusTests {
  @Test("has a dead target sent once on each channel, and its return once where the route says so")
  func deadTarget() async throws {
    let target = try Target()
    let prometheus = try await PrometheusServer(watching: target.port)
    let mail = try LoopbackSMTPServer()
    let site = try installation(prometheus, mail)

    let first = try site.start("run")
    for channel in ["journal", "mail", "quiet"] {
      try await first.line(containing: "sent \(channel) critical prometheus/")
    }
    try await first.line(containing: "sent quiet info prometheus/")
    try await prometheus.isAsked(4)
    #expect(try journal(site) == ["alert TargetDown"])
    #expect(mail.mails.count == 1)
    #expect(try quiet(site) == ["alert Drift", "alert TargetDown"])
    first.terminate()
    #expect(try await first.exit() == 0, "\(first.output)")

    let second = try site.start("run")
    try await prometheus.isAsked(4)
    #expect(!second.output.contains("sent "), "\(second.output)")

    target.revive()
    for channel in ["journal", "mail"] {
      try await second.line(containing: "sent \(channel) resolved prometheus/")
    }
    try await prometheus.isAsked(4)
    second.interrupt()
    #expect(try await second.exit() == 0, "\(second.output)")
    #expect(try journal(site) == ["alert TargetDown", "resolved TargetDown"])
    #expect(mail.mails.count == 2)
    #expect(try quiet(site) == ["alert Drift", "alert TargetDown"])
    #expect(try await site.audit().map(\.outcome) == Array(repeating: "ok", count: 6))
    try expectMails(mail)
  }

  @Test("has an end that comes while Belfry is stopped sent at the next start")
  func unseenEnd() async throws {
    let target = try Target()
    let prometheus = try await PrometheusServer(watching: target.port)
    let mail = try LoopbackSMTPServer()
    let site = try installation(prometheus, mail)
    let first = try site.start("run")
    try await first.line(containing: "sent journal critical prometheus/")
    try await first.line(containing: "sent mail critical prometheus/")
    first.terminate()
    #expect(try await first.exit() == 0, "\(first.output)")

    target.revive()
    try await prometheus.isCalm(about: "TargetDown")
    let second = try site.start("run")
    try await second.line(containing: "sent journal resolved prometheus/")
    try await second.line(containing: "sent mail resolved prometheus/")
    try await prometheus.isAsked(2)
    #expect(try journal(site) == ["alert TargetDown", "resolved TargetDown"])
    try expectMails(mail)
  }

  private func expectMails(_ server: LoopbackSMTPServer) throws {
    let mails = server.mails.map { String(decoding: $0.message, as: UTF8.self) }
    try #require(mails.count == 2)
    #expect(mails[0].contains("Subject: [Belfry alert] critical: shop does not answer"), "\(mails[0])")
    #expect(mails[1].contains("Subject: [Belfry resolved]"), "\(mails[1])")
    #expect(server.mails.allSatisfy { $0.recipients == ["ops@example.com"] })
  }

  private func journal(_ site: Installation) throws -> [String] { try notices(in: "journal.jsonl", site) }

  private func quiet(_ site: Installation) throws -> [String] { try notices(in: "quiet.jsonl", site).sorted() }

  /// The kind of each notice in a file, and the name of its single alert.
  private func notices(in file: String, _ site: Installation) throws -> [String] {
    try site.lines(of: file).map { line in
      let notice = try JSONDecoder().decode(Noted.self, from: Data(line.utf8))
      return "\(notice.type) \(notice.alerts.map { $0.labels["alertname"] ?? "?" }.joined(separator: " "))"
    }
  }

  private func installation(_ prometheus: PrometheusServer, _ mail: LoopbackSMTPServer) throws -> Installation {
    try Installation(
      """
      {
        "version": 1,
        "channels": {
          "journal": { "kind": "file", "path": "journal.jsonl" },
          "quiet": { "kind": "file", "path": "quiet.jsonl" },
          "mail": {
            "kind": "smtp", "server": "smtp://127.0.0.1:\(mail.port)", "security": "none",
            "from": "belfry@example.com", "to": "ops@example.com"
          }
        },
        "routes": [
          { "to": "quiet", "continue": true },
          { "match": { "severity": "critical" }, "to": ["journal", "mail"], "resolved": true }
        ],
        "unrouted": "drop",
        "sources": { "prometheus": { "kind": "prometheus", "url": "\(prometheus.url)" } },
        "interval": "1s"
      }
      """
    )
  }
}

/// The target that Prometheus scrapes: dead at first, alive once it is revived.
final class Target: Sendable {
  private let server: LoopbackHTTPServer
  private let isAlive: Alive

  /// A class, because the server's closure needs it before there is a target.
  private final class Alive: Sendable {
    let value = Mutex(false)
  }

  init() throws {
    let isAlive = Alive()
    self.isAlive = isAlive
    server = try LoopbackHTTPServer { _ in
      guard isAlive.value.withLock({ $0 }) else { return .closed }
      return .reply(200, "shop_orders_total 42\n", fields: [("Content-Type", "text/plain; version=0.0.4")])
    }
  }

  var port: Int { server.port }

  func revive() { isAlive.value.withLock { $0 = true } }
}

/// The checked parts of a line of the file channel.
private struct Noted: Decodable {
  struct About: Decodable { let labels: [String: String] }
  let type: String
  let alerts: [About]
}
