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
///
/// What the notifier has is used as its own: `environment.ledger`, `environment.time`.
@dynamicMemberLookup
final class InvestigatorEnvironment: Sendable {
  let folder: TemporaryFolder
  private let environment: TestEnvironment
  /// The rows of the investigations, without those of deliveries.
  private let rows = KeptRows()
  private let audit: AuditLog
  let settings: WakeSettings
  private let transport: any Transport
  var log: String { folder.path("audit.jsonl") }

  static let exec = #""investigator": {"kind": "exec", "command": "/opt/investigate", "max_output": 4096}"#

  init(
    _ wake: String = InvestigatorEnvironment.exec,
    channel: String = #"{"kind": "file", "path": "out.jsonl"}"#,
    transport: (any Transport)? = nil,
    environment variables: [String: String] = ["TOKEN": "xoxb-test"],
    _ script: @escaping @Sendable (ProcessRun) async -> Reply = { _ in .process(ProcessReply(.exited(1))) }
  ) throws {
    folder = try TemporaryFolder()
    let json = #"{"channels": {"dm": \#(channel)}, "routes": [{"to": "dm"}], "wake": {"to": "dm", \#(wake)}}"#
    environment = try TestEnvironment(json, environment: variables) { outgoing in
      if case .process(let run) = outgoing, run.path == "/opt/investigate" { return await script(run) }
      return ScriptedTransport.accept(outgoing)
    }
    settings = try #require(environment.configuration.wake)
    self.transport = transport ?? environment.transport
    audit = AuditLog(rows: rows, time: environment.time, console: environment.console)
  }

  subscript<Value>(dynamicMember member: KeyPath<TestEnvironment, Value>) -> Value {
    environment[keyPath: member]
  }

  /// Runs a watch while `body` runs, then cancels it.
  func during(_ body: () async throws -> Void) async throws {
    let watch = InvestigationWatch(
      settings: settings,
      log: log,
      ledger: environment.ledger,
      dispatcher: environment.dispatcher,
      transport: transport,
      audit: audit,
      time: environment.time,
      console: environment.console,
      sources: { ["app", .belfry] }
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await watch.run() }
      await environment.time.whenAsleep(1)
      try await body()
      group.cancelAll()
    }
  }

  func found(_ probe: String, title: String? = nil, detail: String = "HTTP 503") throws {
    try write([request(probe, title: title, detail: detail)])
  }

  func request(_ probe: String, title: String? = nil, detail: String = "HTTP 503") -> InvestigationRequestRow {
    let title = title ?? "\(probe) is unhealthy"
    return .sample(probe, title: title, detail: detail, at: environment.now, snapshot: ["bad_looks": "3"])
  }

  /// Appends rows in place, like the log's writer: another file would be another log.
  func write(_ rows: [any AuditEntry]) throws {
    var writer = JSONWriter()
    for row in rows { row.encode(into: &writer) }
    try folder.extend("audit.jsonl", with: String(decoding: writer.bytes, as: UTF8.self))
  }

  func poll() async {
    environment.time.advance(by: .seconds(30))
    await environment.time.whenAsleep(1)
  }

  /// The messages sent once only `open` investigations are pending.
  func sentMessages(open: Int = 0) async throws -> [String] {
    while try await environment.ledger.marks(beginning: "wake.open.").count > open { await Task.yield() }
    try await environment.dispatcher.drain()
    return environment.sent.compactMap { outgoing in
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
    environment.sent.compactMap { if case .process(let run) = $0 { run } else { nil } }
  }
}

extension InvestigationRequestRow {
  /// The row of a critical finding about a probe.
  static func sample(
    _ probe: String,
    title: String,
    detail: String = "HTTP 503",
    at moment: Instant = TestEnvironment.start,
    snapshot: [String: String] = [:]
  ) -> InvestigationRequestRow {
    InvestigationRequestRow(
      emittedAt: moment,
      probe: probe,
      severity: .critical,
      category: "down",
      title: title,
      detail: detail,
      snapshot: snapshot
    )
  }
}
