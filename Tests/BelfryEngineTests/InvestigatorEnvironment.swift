// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

/// A notifier with an audit log that the test writes.
final class InvestigatorEnvironment: Sendable {
  let folder: TemporaryFolder
  let rig: TestEnvironment
  /// The rows of the investigations, without those of deliveries.
  private let rows = KeptRows()
  private let audit: AuditLog
  let settings: WakeSettings
  private let transport: any Transport
  var log: String { folder.path("audit.jsonl") }

  static let exec = #""investigator": {"kind": "exec", "command": "/opt/look", "max_output": 4096}"#

  init(
    _ wake: String = InvestigatorEnvironment.exec,
    channel: String = #"{"kind": "file", "path": "out.jsonl"}"#,
    transport: (any Transport)? = nil,
    environment: [String: String] = ["TOKEN": "xoxb-test"],
    _ script: @escaping @Sendable (ProcessRun) async -> Reply = { _ in .process(ProcessReply(.exited(1))) }
  ) throws {
    folder = try TemporaryFolder()
    let json = #"{"channels": {"dm": \#(channel)}, "routes": [{"to": "dm"}], "wake": {"to": "dm", \#(wake)}}"#
    rig = try TestEnvironment(json, environment: environment) { outgoing in
      if case .process(let run) = outgoing, run.path == "/opt/look" { return await script(run) }
      return ScriptedTransport.accept(outgoing)
    }
    settings = try #require(rig.configuration.wake)
    self.transport = transport ?? rig.transport
    audit = AuditLog(rows: rows, time: rig.time, console: rig.console)
  }

  /// Runs a watch while `body` runs, then cancels it.
  func during(_ body: () async throws -> Void) async throws {
    let watch = InvestigationWatch(
      settings: settings,
      log: log,
      ledger: rig.ledger,
      dispatcher: rig.dispatcher,
      transport: transport,
      audit: audit,
      time: rig.time,
      console: rig.console,
      sources: { ["app", .belfry] }
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await watch.run() }
      await rig.time.whenAsleep(1)
      try await body()
      group.cancelAll()
    }
  }

  func found(_ probe: String, title: String? = nil, detail: String = "HTTP 503") throws {
    try write([request(probe, title: title, detail: detail)])
  }

  func request(_ probe: String, title: String? = nil, detail: String = "HTTP 503") -> InvestigationRequestRow {
    InvestigationRequestRow(
      emittedAt: rig.time.now(),
      probe: probe,
      severity: .critical,
      category: "down",
      title: title ?? "\(probe) is unhealthy",
      detail: detail,
      snapshot: ["bad_looks": "3"]
    )
  }

  /// Appends rows in place, like the log's writer: another file would be another log.
  func write(_ rows: [any AuditEntry]) throws {
    var writer = JSONWriter()
    for row in rows { row.encode(into: &writer) }
    try folder.extend("audit.jsonl", with: String(decoding: writer.bytes, as: UTF8.self))
  }

  func look() async {
    rig.time.advance(by: .seconds(30))
    await rig.time.whenAsleep(1)
  }

  /// The messages sent once only `open` investigations are pending.
  func told(open: Int = 0) async throws -> [String] {
    while try await rig.ledger.marks(beginning: "wake.open.").count > open { await Task.yield() }
    try await rig.dispatcher.drain()
    return rig.sent.compactMap { outgoing in
      switch outgoing {
      case .append(let append): String(decoding: append.bytes, as: UTF8.self)
      case .http(let exchange): String(decoding: exchange.body, as: UTF8.self)
      case .mail(let mail): String(decoding: mail.message, as: UTF8.self)
      case .process: nil
      }
    }
  }

  func audited() async -> [String] {
    await audit.flush()
    return rows.all
  }

  var asked: [ProcessRun] {
    rig.sent.compactMap { if case .process(let run) = $0 { run } else { nil } }
  }
}
