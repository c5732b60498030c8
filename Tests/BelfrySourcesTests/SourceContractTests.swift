// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySources
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@Suite("The contract of sources")
struct SourceContractTests {
  private static func answering(_ body: String, status: Int = 200) -> @Sendable (Outgoing) -> Reply {
    { _ in .http(HTTPReply(status: status, body: Array(body.utf8))) }
  }

  @Test("is kept by http")
  func http() async throws {
    try await SourceContract(
      HTTPSource.self,
      settings: #"{"url": "https://example.com/${KEY}?a=b", "headers": {"X-Key": "${KEY}"}, "token": "t0p-s3cret"}"#,
      environment: ["KEY": "an0ther-s3cret"],
      firing: Self.answering(#"[{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]"#)
    ).verify()
  }

  @Test("is kept by http with a map")
  func mapped() async throws {
    try await SourceContract(
      HTTPSource.self,
      settings: #"""
        {"url": "https://example.com/a", "username": "u", "password": "t0p-s3cret",
         "map": {"list": "items", "id": "id", "title": "name", "only": {"state": "open"}}}
        """#,
      firing: Self.answering(
        #"{"items": [{"id": 1, "name": "A", "state": "open"}, {"id": 2, "name": "B", "state": "open"}]}"#
      )
    ).verify()
  }

  @Test("is kept by prometheus")
  func prometheus() async throws {
    try await SourceContract(
      PrometheusSource.self,
      settings: #"{"url": "https://prom.example.com", "token": "t0p-s3cret"}"#,
      firing: Self.answering(
        #"{"status": "success", "data": {"alerts": [{"state": "firing", "labels": {"alertname": "DiskFull"}}]}}"#
      )
    ).verify()
  }

  @Test("is kept by alertmanager")
  func alertmanager() async throws {
    try await SourceContract(
      AlertmanagerSource.self,
      settings: #"{"url": "https://am.example.com", "username": "u", "password": "t0p-s3cret"}"#,
      firing: Self.answering(#"[{"fingerprint": "c1", "labels": {"alertname": "DiskFull"}}]"#)
    ).verify()
  }

  @Test("is kept by exec")
  func exec() async throws {
    try await SourceContract(
      ExecSource.self,
      settings: #"{"command": ["/opt/alerts", "--key=${KEY}"], "environment": {"KEY": "${KEY}"}, "max_output": 5000}"#,
      environment: ["KEY": "t0p-s3cret"]
    ) { _ in .process(ProcessReply(.exited(0), output: Array(#"[{"id": "a", "title": "A"}]"#.utf8))) }
    .verify()
  }

  @Test("is kept by probe")
  func probe() async throws {
    try await SourceContract(
      ProbeSource.self,
      settings: #"{"http": "https://example.com/health/${KEY}", "contains": "all is well"}"#,
      environment: ["KEY": "t0p-s3cret"],
      firing: Self.answering("", status: 503)
    ).verify()
  }

  @Test("is kept by file")
  func file() async throws {
    let folder = try TemporaryFolder(["alerts.json": #"[{"id": "a", "title": "A"}]"#])
    try await SourceContract(
      FileSource.self,
      settings: #"{"path": "alerts.json"}"#,
      folder: folder.path,
      breaking: { try FileManager.default.removeItem(atPath: folder.path("alerts.json")) }
    ).verify()
  }

  @Test("is kept by host")
  func host() async throws {
    let folder = try TemporaryFolder()
    // A disk that is used to at least 1 percent; one that is not there afterwards.
    try await SourceContract(
      HostSource.self,
      settings: #"{"disks": ["\#(folder.path)"], "disk": {"warning": 1}, "memory": {}, "load": {}}"#,
      breaking: { try FileManager.default.removeItem(at: folder.url) }
    ).verify()
  }

  @Test("is kept by audit-rule")
  func auditRule() async throws {
    let row =
      #"{"emitted_at":"\#(Instant(seconds: 1_799_999_990).iso8601)","seam":"a","details":{},"caller_session_id":null,"source":null}"#
    let folder = try TemporaryFolder(["audit.jsonl": row + "\n"])
    try await SourceContract(
      AuditRuleSource.self,
      settings: #"{"seam": "a", "over": 0, "path": "\#(folder.path("audit.jsonl"))"}"#,
      breaking: { try FileManager.default.removeItem(atPath: folder.path("audit.jsonl")) }
    ).verify()
  }

  @Test(
    "is broken by a source that takes an unreadable answer for an empty one",
    arguments: [
      (Careless.Fault.failure, "the failure not_connected resolves an active alert."),
      (.status, "status 100 resolves an active alert."), (.body, "a damaged answer"),
      (.ids, "the same answer gives alerts with other ids at the next poll."),
      (.stale, "the failure timed_out_after_sending counts as an unchanged answer."),
      (.patience, "a request may take longer than a minute."),
      (.token, "String(reflecting:) of the source shows a secret."),
    ]
  )
  func broken(fault: Careless.Fault, sentence: String) async throws {
    let error = await #expect(throws: BrokenContract.self) {
      try await SourceContract(
        Careless.self,
        settings: #"{"token": "t0p-s3cret", "fault": "\#(fault.rawValue)"}"#,
        firing: Self.answering(#"[{"id": "a"}]"#)
      ).verify()
    }
    #expect(error?.breaches.contains { $0.hasPrefix(sentence) } == true, "\(String(describing: error))")
  }

  @Test("needs settings and answers with which an alert is active")
  func idle() async throws {
    let error = await #expect(throws: BrokenContract.self) {
      try await SourceContract(
        HTTPSource.self,
        settings: #"{"url": "https://example.com"}"#,
        firing: Self.answering("[]")
      ).verify()
    }
    #expect(error?.breaches == ["no alert is active with these settings and answers."])
  }
}

/// A source with one mistake.
struct Careless: RequestingSource {
  enum Fault: String, FieldChoice { case failure, status, body, ids, stale, patience, token }

  struct Settings: SourceSettings {
    var token = Secret()
    var fault = Fault.failure
    static let fields: [Field<Self>] = [
      .required("token", \.token, "A token."), .required("fault", \.fault, "The mistake."),
    ]
  }

  static let kind: SourceKind = "careless"
  private let fault: Fault
  private let token: String
  private var polls = 0

  init(name: SourceName, settings: Settings) {
    fault = settings.fault
    token = fault == .token ? settings.token.reveal() : ""
  }

  func request() -> Outgoing {
    let limits = ExchangeLimits(total: fault == .patience ? .seconds(61) : .seconds(10))
    return .http(HTTPExchange(method: "GET", to: "https://example.com", limits: limits))
  }

  mutating func read(_ reply: Reply, at now: Instant) -> Observation {
    polls += 1
    switch reply {
    case .http(let answer) where answer.status == 200 || fault == .status:
      guard let entries = answer.json?.elements ?? (fault == .body ? [] : nil) else { return .failed("no list") }
      return .active(
        entries.compactMap { entry in
          entry["id"]?.string.map { Alert(id: fault == .ids ? "\($0)\(polls)" : $0, severity: .info, title: "T") }
        }
      )
    case .failed where fault == .failure: return .active([])
    case .failed where fault == .stale: return .unchanged
    default: return .failed("no answer")
    }
  }
}
