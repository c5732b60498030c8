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
struct WakeLogTests {
  private static func says(_ text: String) -> Reply { .process(ProcessReply(.exited(0), output: Array(text.utf8))) }
  private static let each = InvestigatorEnvironment.exec + #", "debounce": "0s""#

  private func keep(_ desk: InvestigatorEnvironment, _ probes: [String], rotation: LogRotation? = nil) async throws {
    let file = ConfinedPath(root: desk.folder.path, relative: "audit.jsonl")
    let log = ChainedLog(file: file, rotation: rotation, disk: Disk())
    for probe in probes {
      var writer = JSONWriter()
      desk.request(probe).encode(into: &writer)
      if let failure = await log.keep(writer.bytes) { throw failure }
    }
  }

  private func subjects(_ desk: InvestigatorEnvironment) -> [String] {
    desk.asked.compactMap { InvestigationEvent(json: String(decoding: $0.input, as: UTF8.self))?.subject }.sorted()
  }

  @Test("loses nothing if the log was rotated twice while nobody read, and the last file read is gone")
  func rotatedAway() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try await keep(desk, ["old"])
    try await desk.during {}
    // Each row is a separate file, and two old ones are kept: the last one read is removed.
    let rotation = LogRotation(size: 1, keep: 2)
    try await keep(desk, ["one", "two", "three"], rotation: rotation)
    try await desk.during { _ = try await desk.told() }
    #expect(subjects(desk) == ["one", "three", "two"])
    #expect(!desk.rig.printed.contains("were removed"))
  }

  @Test("states how many rows were removed before they were read")
  func removed() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try await keep(desk, ["old"])
    try await desk.during {}
    try await keep(desk, ["one", "two", "three", "four"], rotation: LogRotation(size: 1, keep: 1))
    try await desk.during { _ = try await desk.told() }
    #expect(subjects(desk) == ["four", "three"])
    #expect(desk.rig.printed.contains("wake: 2 rows of the audit log were removed before being read"))
  }

  @Test("replays nothing if the log is another file, such as a copy, or on a disk with a new device number")
  func copied() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try await keep(desk, ["old", "older"])
    try await desk.during {
      try await keep(desk, ["read"])
      await desk.look()
      _ = try await desk.told()
    }
    let bytes = try Data(contentsOf: URL(filePath: desk.log))
    try FileManager.default.moveItem(atPath: desk.log, toPath: desk.log + ".bak")
    try bytes.write(to: URL(filePath: desk.log))
    try await keep(desk, ["new"])
    try await desk.during { _ = try await desk.told() }
    #expect(subjects(desk) == ["new", "read"])
  }

  @Test("replays nothing either if it had read no row since its first start")
  func copiedUnread() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try await keep(desk, ["old", "older"])
    try await desk.during {}
    let bytes = try Data(contentsOf: URL(filePath: desk.log))
    try FileManager.default.moveItem(atPath: desk.log, toPath: desk.log + ".bak")
    try bytes.write(to: URL(filePath: desk.log))
    try await desk.during { _ = try await desk.told() }
    #expect(subjects(desk) == [])
  }

  @Test("counts an alert once if it is sent on a second channel after a restart")
  func secondChannel() async throws {
    let desk = try InvestigatorEnvironment { _ in Self.says("fine") }
    let one = alert("a", category: "disk")
    try await desk.during {
      try desk.write([AuditRow(emittedAt: desk.rig.time.now(), channel: "dm", content: .alert(one))])
      await desk.look()
    }
    try desk.write([AuditRow(emittedAt: desk.rig.time.now(), channel: "mail", content: .alert(one))])
    try await desk.during { _ = try await desk.told() }
    #expect(desk.asked.isEmpty)
    try desk.write([AuditRow(emittedAt: desk.rig.time.now(), channel: "dm", content: .alert(one))])
    try await desk.during { _ = try await desk.told() }
    #expect(desk.asked.count == 1)
  }

  @Test("reports once that the log is unreadable, and continues when it is readable")
  func unreadable() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try desk.found("old")
    try await desk.during {
      let there = desk.folder.url.appending(path: "aside")
      try FileManager.default.moveItem(at: URL(filePath: desk.log), to: there)
      // It can be opened, but reading it fails.
      try FileManager.default.createSymbolicLink(atPath: desk.log, withDestinationPath: "/proc/self/mem")
      await desk.look()
      await desk.look()
      try FileManager.default.removeItem(atPath: desk.log)
      try FileManager.default.moveItem(at: there, to: URL(filePath: desk.log))
      try desk.found("web")
      await desk.look()
      _ = try await desk.told()
    }
    #expect(subjects(desk) == ["web"])
    #expect(desk.rig.printed.all.count { $0.contains("wake: the audit log cannot be read") } == 1)
  }

  @Test("starts later if it cannot start at once, and ends nothing else")
  func cannotBegin() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    try FileManager.default.createSymbolicLink(atPath: desk.log, withDestinationPath: "/proc/self/mem")
    try await desk.during {
      #expect(desk.rig.printed.contains("wake: file: "))
      try FileManager.default.removeItem(atPath: desk.log)
      try desk.found("old")
      desk.rig.time.advance(by: .seconds(5))
      await desk.rig.time.whenAsleep(1)
      try desk.found("web")
      await desk.look()
      _ = try await desk.told()
    }
    #expect(subjects(desk) == ["web"])
  }

  @Test("gives an investigator the alert's own texts, and sends them if nobody answers")
  func alertTexts() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in .process(ProcessReply(.exited(1))) }
    var one = alert("a", category: "disk", title: "The disk is <full>")
    one.detail = "97% of /var"
    one.labels = ["host": "db-1"]
    _ = try await desk.rig.ledger.ingest([.fired(one)], policy: desk.rig.policy, lease: nil)
    var told: [String] = []
    try await desk.during {
      try desk.write([AuditRow(emittedAt: desk.rig.time.now(), channel: "dm", content: .alert(one))])
      await desk.look()
      told = try await desk.told()
    }
    let run = try #require(desk.asked.first)
    let event = try #require(InvestigationEvent(json: String(decoding: run.input, as: UTF8.self)))
    #expect(event.subject == "a" && event.source == "app" && event.title == "The disk is <full>")
    #expect(event.detail == "97% of /var" && event.labels == ["host": "db-1"] && event.snapshot == ["channel": "dm"])
    let fallback = try #require(told.first { $0.contains("No answer from an investigator") })
    for text in ["97% of /var", "alert: app/a", "host: db-1"] { #expect(fallback.contains(text), "\(text)") }
    let rows = await desk.audited()
    #expect(rows.contains { $0.contains(#""subject":"a","alert_source":"app""#) })
  }

  @Test("uses the one of two alerts with the same ID that matches the row")
  func twoSources() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    var other = alert("a", .info, category: "other", title: "Another")
    other.source = .belfry
    let one = alert("a", category: "disk", title: "This one")
    for alert in [one, other] {
      _ = try await desk.rig.ledger.ingest([.fired(alert)], policy: desk.rig.policy, lease: nil)
      desk.rig.time.advance(by: .seconds(1))
    }
    try await desk.during {
      try desk.write([AuditRow(emittedAt: desk.rig.time.now(), channel: "dm", content: .alert(one))])
      await desk.look()
      _ = try await desk.told()
    }
    let run = try #require(desk.asked.first)
    #expect(InvestigationEvent(json: String(decoding: run.input, as: UTF8.self))?.title == "This one")
  }

  @Test("reports thousands of events at once in one message with their number, and audits each")
  func thousands() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in
      // Until it is cancelled.
      try? await Task.sleep(for: .seconds(3600))
      return .failed(TransportFailure(.cancelled, "stopped"))
    }
    let room = InvestigationWatch.waiting
    try await desk.during {
      try desk.write((0..<2_000).map { desk.request("p\($0)") })
      await desk.look()
      let told = try await desk.told(open: room)
      #expect(told.count == 1)
      let text = try #require(told.first)
      #expect(text.contains("\(2_000 - room) events were not investigated"))
      #expect(text.contains("too many events are already waiting for one"))
      #expect(
        text.contains("p\(room) is unhealthy") && text.contains("and \(2_000 - room - InvestigationCall.listed) more")
      )
    }
    #expect(desk.asked.count == InvestigationWatch.atOnce)
    let rows = await desk.audited()
    #expect(rows.count == 2_000 - room)
    #expect(rows.allSatisfy { $0.contains(#""status":"fallback","error":"crowded""#) })
    #expect(Set(rows.compactMap { AuditLine($0)?.value(of: "subject") }).count == 2_000 - room)
  }

  @Test("reports thousands of events once if it was killed before reporting them")
  func thousandsAfterKill() async throws {
    let desk = try InvestigatorEnvironment(Self.each) { _ in Self.says("fine") }
    let events = (0..<50).map { InvestigationEvent(desk.request("p\($0)")) }
    var writer = JSONWriter()
    writer.array(events) { $1.encode(into: &$0) }
    try await desk.rig.ledger.note(marks: ["wake.open.0199c5a0-0000-7000-8000-000000000001": writer.text])
    for _ in 1...2 {
      try await desk.during {
        let told = try await desk.told()
        #expect(told.count == 1 && told.first?.contains("50 events were not investigated") == true)
      }
    }
    #expect(await desk.audited().count == 50)
  }
}
