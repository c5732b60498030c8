// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

/// A source that a test polls, and what answers its requests.
struct PolledSource<Source: AlertSource> {
  var source: Source
  var transport: any Transport = ScriptedTransport()
  var auditLog = ""

  mutating func poll(at now: Instant) async -> Observation {
    await source.poll(PollContext(at: now, auditLog: auditLog) { [transport] in await transport.send($0) })
  }
}

extension PolledSource {
  /// A source named `it` with these settings, in which `${P}` is `s3cret-word`.
  init(_ settings: String, _ transport: any Transport) throws {
    let settings = try Source.settings(settings, environment: ["P": "s3cret-word"])
    self.init(source: Source(name: "it", settings: settings), transport: transport)
  }
}

extension ScriptedTransport {
  /// Answers every request with this body.
  static func answering(_ body: String, _ status: Int = 200) -> ScriptedTransport {
    ScriptedTransport { _ in .http(HTTPReply(status: status, body: Array(body.utf8))) }
  }

  /// The first request over HTTP.
  func firstExchange() throws -> HTTPExchange {
    guard case .http(let exchange) = try #require(carried.first) else { throw Unexpected() }
    return exchange
  }
}

extension AlertSource {
  /// The settings of this kind in an object of `channels.json`.
  static func settings(_ text: String, environment: [String: String] = [:]) throws -> Settings {
    let source = SourceText(name: "settings", bytes: Array(text.utf8))
    let node = try #require(JSONTree.parse(source).node)
    var report = Report(source: source, folder: "/nowhere")
    let expanded = Substitution(environment: environment).expand(node, report: &report)
    let settings = Settings(decoding: expanded, besides: ["kind"], report: &report)
    return try #require(settings, "\(report.findings.map(\.text))")
  }
}

extension Observation {
  /// The alerts in the observation, sorted by ID; nil for another result.
  var alerts: [Alert]? {
    switch outcome {
    case .alerts(let snapshot): snapshot.alerts.sorted { $0.id < $1.id }
    case .changes, .partial, .unchanged, .failed: nil
    }
  }

  /// The reason why the source was unreadable; nil if it was readable.
  var failure: String? {
    if case .failed(let reason) = outcome { reason } else { nil }
  }

  var isUnchanged: Bool { if case .unchanged = outcome { true } else { false } }
}
