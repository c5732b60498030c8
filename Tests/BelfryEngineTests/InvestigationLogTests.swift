// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

/// The watch beside a log as Belfry writes it, with a chain and rotation, while it reads and while it does not.
@Suite("Reading a changing log", .endsIfItHangs)
struct InvestigationLogTests {
  private static func says(_ text: String) -> Reply { .process(ProcessReply(.exited(0), output: Array(text.utf8))) }
  private static let each = InvestigatorEnvironment.exec + #", "debounce": "0s""#

  private func keep(_ environment: InvestigatorEnvironment, _ probes: [String], rotation: LogRotation? = nil)
    async throws
  {
    let file = ConfinedPath(root: environment.folder.path, relative: "audit.jsonl")
    let log = ChainedLog(file: file, rotation: rotation, disk: Disk())
    for probe in probes {
      var writer = JSONWriter()
      environment.request(probe).encode(into: &writer)
      if let failure = await log.keep(writer.bytes) { throw failure }
    }
  }

  private func subjects(_ environment: InvestigatorEnvironment) -> [String] {
    environment.asked.compactMap { InvestigationEvent(json: String(decoding: $0.input, as: UTF8.self))?.subject }
      .sorted()
  }

  @Test("loses nothing if the log was rotated twice while nobody read, and the last file read is gone")
  func rotatedAway() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try await keep(environment, ["old"])
    try await environment.during {}
    // Each row is a separate file, and two old ones are kept: the last one read is removed.
    let rotation = LogRotation(size: 1, keep: 2)
    try await keep(environment, ["one", "two", "three"], rotation: rotation)
    try await environment.during { _ = try await environment.sentMessages() }
    #expect(subjects(environment) == ["one", "three", "two"])
    #expect(!environment.printed.contains("were removed"))
  }

  @Test("states how many rows were removed before they were read")
  func removed() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try await keep(environment, ["old"])
    try await environment.during {}
    try await keep(environment, ["one", "two", "three", "four"], rotation: LogRotation(size: 1, keep: 1))
    try await environment.during { _ = try await environment.sentMessages() }
    #expect(subjects(environment) == ["four", "three"])
    #expect(environment.printed.contains("wake: 2 rows of the audit log were removed before being read"))
  }

  @Test("replays nothing if the log is another file, such as a copy, or on a disk with a new device number")
  func copied() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try await keep(environment, ["old", "older"])
    try await environment.during {
      try await keep(environment, ["read"])
      await environment.poll()
      _ = try await environment.sentMessages()
    }
    let bytes = try Data(contentsOf: URL(filePath: environment.log))
    try FileManager.default.moveItem(atPath: environment.log, toPath: environment.log + ".bak")
    try bytes.write(to: URL(filePath: environment.log))
    try await keep(environment, ["new"])
    try await environment.during { _ = try await environment.sentMessages() }
    #expect(subjects(environment) == ["new", "read"])
  }

  @Test("replays nothing either if it had read no row since its first start")
  func copiedUnread() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try await keep(environment, ["old", "older"])
    try await environment.during {}
    let bytes = try Data(contentsOf: URL(filePath: environment.log))
    try FileManager.default.moveItem(atPath: environment.log, toPath: environment.log + ".bak")
    try bytes.write(to: URL(filePath: environment.log))
    try await environment.during { _ = try await environment.sentMessages() }
    #expect(subjects(environment) == [])
  }

  @Test("counts an alert once if it is sent on a second channel after a restart")
  func secondChannel() async throws {
    let environment = try InvestigatorEnvironment { _ in Self.says("fine") }
    let one = alert("a", category: "disk")
    try await environment.during {
      try environment.write([AuditRow(emittedAt: environment.time.now(), channel: "dm", content: .alert(one))])
      await environment.poll()
    }
    try environment.write([AuditRow(emittedAt: environment.time.now(), channel: "mail", content: .alert(one))])
    try await environment.during { _ = try await environment.sentMessages() }
    #expect(environment.asked.isEmpty)
    try environment.write([AuditRow(emittedAt: environment.time.now(), channel: "dm", content: .alert(one))])
    try await environment.during { _ = try await environment.sentMessages() }
    #expect(environment.asked.count == 1)
  }

  @Test("reports once that the log is unreadable, and continues when it is readable")
  func unreadable() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try environment.found("old")
    try await environment.during {
      let there = environment.folder.url.appending(path: "aside")
      try FileManager.default.moveItem(at: URL(filePath: environment.log), to: there)
      // It can be opened, but reading it fails.
      try FileManager.default.createSymbolicLink(atPath: environment.log, withDestinationPath: "/proc/self/mem")
      await environment.poll()
      await environment.poll()
      try FileManager.default.removeItem(atPath: environment.log)
      try FileManager.default.moveItem(at: there, to: URL(filePath: environment.log))
      try environment.found("web")
      await environment.poll()
      _ = try await environment.sentMessages()
    }
    #expect(subjects(environment) == ["web"])
    #expect(environment.printed.all.count { $0.contains("wake: the audit log cannot be read") } == 1)
  }

  @Test("starts later if it cannot start at once, and ends nothing else")
  func cannotBegin() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try FileManager.default.createSymbolicLink(atPath: environment.log, withDestinationPath: "/proc/self/mem")
    try await environment.during {
      #expect(environment.printed.contains("wake: file: "))
      try FileManager.default.removeItem(atPath: environment.log)
      try environment.found("old")
      environment.time.advance(by: .seconds(5))
      await environment.time.whenAsleep(1)
      try environment.found("web")
      await environment.poll()
      _ = try await environment.sentMessages()
    }
    #expect(subjects(environment) == ["web"])
  }

  @Test("gives an investigator the alert's own texts, and sends them if nobody answers")
  func alertTexts() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in .process(ProcessReply(.exited(1))) }
    var one = alert("a", category: "disk", title: "The disk is <full>")
    one.detail = "97% of /var"
    one.labels = ["host": "db-1"]
    _ = try await environment.ledger.ingest([.fired(one)], policy: environment.policy, lease: nil)
    var sent: [String] = []
    try await environment.during {
      try environment.write([AuditRow(emittedAt: environment.time.now(), channel: "dm", content: .alert(one))])
      await environment.poll()
      sent = try await environment.sentMessages()
    }
    let run = try #require(environment.asked.first)
    let event = try #require(InvestigationEvent(json: String(decoding: run.input, as: UTF8.self)))
    #expect(event.subject == "a" && event.source == "app" && event.title == "The disk is <full>")
    #expect(event.detail == "97% of /var" && event.labels == ["host": "db-1"] && event.snapshot == ["channel": "dm"])
    let fallback = try #require(sent.first { $0.contains("No answer from an investigator") })
    for text in ["97% of /var", "alert: app/a", "host: db-1"] { #expect(fallback.contains(text), "\(text)") }
    let rows = await environment.audited()
    #expect(rows.contains { $0.contains(#""subject":"a","alert_source":"app""#) })
  }

  @Test("uses the one of two alerts with the same ID that matches the row")
  func twoSources() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    var other = alert("a", .info, category: "other", title: "Another")
    other.source = .belfry
    let one = alert("a", category: "disk", title: "This one")
    for alert in [one, other] {
      _ = try await environment.ledger.ingest([.fired(alert)], policy: environment.policy, lease: nil)
      environment.time.advance(by: .seconds(1))
    }
    try await environment.during {
      try environment.write([AuditRow(emittedAt: environment.time.now(), channel: "dm", content: .alert(one))])
      await environment.poll()
      _ = try await environment.sentMessages()
    }
    let run = try #require(environment.asked.first)
    #expect(InvestigationEvent(json: String(decoding: run.input, as: UTF8.self))?.title == "This one")
  }

  @Test("reports thousands of events at once in one message with their number, and audits each")
  func thousands() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in
      // Until it is cancelled.
      try? await Task.sleep(for: .seconds(3600))
      return .failed(TransportFailure(.cancelled, "stopped"))
    }
    let room = InvestigationWatch.waiting
    try await environment.during {
      try environment.write((0..<2_000).map { environment.request("p\($0)") })
      await environment.poll()
      let sent = try await environment.sentMessages(open: room)
      #expect(sent.count == 1)
      let text = try #require(sent.first)
      #expect(text.contains("\(2_000 - room) events were not investigated"))
      #expect(text.contains("too many events are already waiting for one"))
      #expect(
        text.contains("p\(room) is unhealthy") && text.contains("and \(2_000 - room - InvestigationCall.listed) more")
      )
      while environment.asked.count < InvestigationWatch.atOnce { await Task.yield() }
    }
    #expect(environment.asked.count == InvestigationWatch.atOnce)
    let rows = await environment.audited()
    #expect(rows.count == 2_000 - room)
    #expect(rows.allSatisfy { $0.contains(#""status":"fallback","error":"crowded""#) })
    #expect(Set(rows.compactMap { AuditLine($0)?.value(of: "subject") }).count == 2_000 - room)
  }

  @Test("reports thousands of events once if it was killed before reporting them")
  func thousandsAfterKill() async throws {
    let environment = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    let events = (0..<50).map { InvestigationEvent(environment.request("p\($0)")) }
    var writer = JSONWriter()
    writer.array(events) { $1.encode(into: &$0) }
    try await environment.ledger.note(marks: ["wake.open.0199c5a0-0000-7000-8000-000000000001": writer.text])
    for _ in 1...2 {
      try await environment.during {
        let sent = try await environment.sentMessages()
        #expect(sent.count == 1 && sent.first?.contains("50 events were not investigated") == true)
      }
    }
    #expect(await environment.audited().count == 50)
  }
}
