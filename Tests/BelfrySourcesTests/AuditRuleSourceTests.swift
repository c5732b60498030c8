// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySources
import BelfryTesting
import BelfryTestKit
import BelfryTransport
import Foundation
import Testing

@Suite("A rule on the audit log")
struct AuditRuleSourceTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func settings(_ text: String) throws -> AuditRuleSource.Settings {
    try AuditRuleSource.settings(#"{"seam": "notification.dispatched", \#(text)}"#)
  }

  private func source(_ text: String, own log: String) throws -> PolledSource<AuditRuleSource> {
    PolledSource(source: AuditRuleSource(name: "it", settings: try settings(text)), auditLog: log)
  }

  /// A row from `age` seconds before now.
  private func row(_ age: Int64, _ details: String, seam: String = "notification.dispatched") -> String {
    let moment = Instant(seconds: 1_800_000_000 - age).iso8601
    return
      #"{"emitted_at":"\#(moment)","seam":"\#(seam)","details":{\#(details)},"caller_session_id":null,"source":null}"#
  }

  private let failed = #""channel":"pager","status":"failed","count":3"#

  private func raised(_ rows: [String], _ text: String) throws -> Alert? {
    let settings = try settings(text)
    var tally = AuditTally(over: settings.over)
    tally.take(rows.map { ArraySlice($0.utf8) }, settings)
    return tally.alert(of: "it", settings, at: now)
  }

  @Test("is violated by one row too many, and states its content")
  func over() throws {
    let rows = [row(30, failed), row(20, failed), row(10, failed)]
    #expect(try raised(rows, #""over": 3"#) == nil)
    let alert = try #require(try raised(rows, #""over": 2, "within": "1h", "match": {"status": "failed"}"#))
    #expect(alert.key == AlertKey(source: "it", id: "rule") && alert.severity == .warning)
    #expect(alert.title == "it: more than 2 rows of notification.dispatched in 1h")
    #expect(
      alert.detail == "The audit log contains more than 2 rows of notification.dispatched in 1h with status failed."
    )
    let own = #""over": 0, "severity": "critical", "category": "pager", "title": "The pager fails""#
    let named = try #require(try raised(rows, own))
    #expect(named.severity == .critical && named.category == "pager" && named.title == "The pager fails")
  }

  @Test("counts only the rows of its period")
  func within() throws {
    let rows = [row(3601, failed), row(3600, failed), row(1, failed)]
    #expect(try raised(rows, #""over": 1, "within": "1h""#) != nil)
    #expect(try raised(rows, #""over": 2, "within": "1h""#) == nil)
  }

  @Test(
    "counts the rows that match in every member",
    arguments: [
      (#"{"status": "failed"}"#, true), (#"{"status": "ok"}"#, false), (#"{"status": ["ok", "failed"]}"#, true),
      (#"{"channel": "pa*", "status": "failed"}"#, true), (#"{"channel": "/^mail/"}"#, false),
      (#"{"count": "3"}"#, true),
      (#"{"nothing": "*"}"#, false), ("{}", true),
    ]
  )
  func matches(match: String, counts: Bool) throws {
    #expect(try (raised([row(1, failed)], #""over": 0, "match": \#(match)"#) != nil) == counts)
  }

  @Test("does not count rows of another event type, without a time, or invalid lines")
  func others() throws {
    let rows = [
      row(1, #""seam":"notification.dispatched""#, seam: "probe.wake_requested"), "notification.dispatched", "",
      #"{"emitted_at":"now","seam":"notification.dispatched","details":{}}"#,
      #"{"seam":"notification.dispatched","details":{}}"#,
    ]
    #expect(try raised(rows, #""over": 0"#) == nil)
  }

  /// A log in its own folder.
  private func withLog(_ body: (String) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    try await body(folder.path("audit.jsonl"))
  }

  private func append(_ rows: [String], to log: String) throws {
    if !FileManager.default.fileExists(atPath: log) { try Data().write(to: URL(filePath: log)) }
    let handle = try #require(FileHandle(forWritingAtPath: log))
    handle.seekToEndOfFile()
    handle.write(Data(rows.map { $0 + "\n" }.joined().utf8))
    handle.closeFile()
  }

  @Test("continues where it stopped, and ends when the rows are old")
  func readsOn() async throws {
    try await withLog { log in
      var source = try source(#""over": 2, "within": "1h""#, own: log)
      // The log is still empty.
      var observation = await source.poll(at: now)
      #expect(observation.alerts == [])
      try append([row(20, failed), row(10, failed)], to: log)
      observation = await source.poll(at: now)
      #expect(observation.alerts == [])
      try append([row(0, failed)], to: log)
      observation = await source.poll(at: now)
      #expect(observation.alerts?.map(\.id) == ["rule"])
      observation = await source.poll(at: now + .seconds(3580))
      #expect(observation.alerts?.map(\.id) == ["rule"])
      observation = await source.poll(at: now + .seconds(3581))
      #expect(observation.alerts == [])
    }
  }

  @Test("ends nothing if the log cannot be read to its end")
  func torn() async throws {
    try await withLog { log in
      var source = try source(#""over": 0"#, own: log)
      try append([row(1, failed)], to: log)
      var observation = await source.poll(at: now)
      #expect(observation.alerts?.map(\.id) == ["rule"])
      try FileManager.default.removeItem(atPath: log)
      // It can be opened, but reading it fails.
      try FileManager.default.createSymbolicLink(atPath: log, withDestinationPath: "/proc/self/mem")
      observation = await source.poll(at: now)
      #expect(try #require(observation.failure).contains("Input/output error"))
    }
  }

  @Test("is not kept active by rows in the future, as after the clock was set back")
  func ahead() throws {
    #expect(try raised([row(-3600, failed)], #""over": 0, "within": "1h""#) != nil)
    #expect(try raised([row(-3601, failed)], #""over": 0, "within": "1h""#) == nil)
  }

  @Test("is unreadable if the configured log is missing, or is not a file")
  func unreadable() async throws {
    var missing = try source(#""over": 0, "path": "/nowhere/audit.jsonl""#, own: "/tmp")
    #expect(await missing.poll(at: now).failure == "/nowhere/audit.jsonl does not exist")
    var folder = try source(#""over": 0"#, own: "/")
    #expect(await folder.poll(at: now).failure == "/ is a folder, not a file")
  }
}
