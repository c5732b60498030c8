// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryEngine
internal import BelfryLedger
internal import HTTPTypes
internal import Hummingbird

/// The liveness and readiness checks, and Alertmanager's status.
struct StatusAPI: Sendable {
  let server: ServerContext

  func add(to routes: inout Routes) {
    routes.get("/-/healthy", .open) { _, _ in Response.text(.ok, "Belfry is healthy.") }
    routes.get("/-/ready", .open) { _, _ in try await ready() }
    if let reloader = server.reloader {
      routes.post("/-/reload", .operate) { _, context in try await reload(reloader, by: context.caller) }
    }
    routes.get("/openapi.json", .read) { _, _ in OpenAPIDocument.response }
    routes.get("/api/v2/status", .read) { _, _ in Response.json { encode(into: &$0) } }
  }

  /// Ready means that a push would be accepted and that deliveries progress: no component hangs, the last write and the
  /// last lease succeeded, and the ledger's file is still the one at its path.
  ///
  /// It writes nothing; after a failure the notifier tries again every few seconds.
  private func ready() async throws(Refusal) -> Response {
    let ailing = server.vitals.ailing(at: server.elapsed)
    guard ailing.isEmpty else {
      let names = ailing.map(\.rawValue).joined(separator: " and the ")
      throw Refusal(.unavailable, "The \(names) made no progress for \(Vitals.patience.text).")
    }
    if let trouble = await server.ledger.trouble() { throw Refusal(.unavailable, "\(trouble)") }
    if let trouble = server.vitals.troubles.first { throw Refusal(.unavailable, trouble) }
    try await server.probe()
    return .text(.ok, "Belfry is ready.")
  }

  private func reload(_ reloader: Reloader, by caller: Caller) async throws(Refusal) -> Response {
    let outcome = await reloader.reload(because: "reload by \(caller.name)", by: caller.operator(.http), isForced: true)
    switch outcome {
    case .unchanged, .adopted: return .text(.ok, outcome.text)
    case .refused, .unsettled: throw Refusal(.failed, outcome.text)
    case .delayed: throw Refusal(.unavailable, outcome.text, retryAfter: 5)
    }
  }

  private func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("cluster")
      writer.object { writer in
        writer.member("name", "")
        writer.member("peers", [])
        writer.member("status", "disabled")
      }
      writer.key("config")
      writer.object { $0.member("original", AlertmanagerConfiguration(server.configuration).text) }
      writer.member("uptime", server.start.iso8601)
      writer.key("versionInfo")
      writer.object { writer in
        for name in ["branch", "buildDate", "buildUser", "goVersion"] { writer.member(name, "") }
        writer.member("revision", "belfry")
        writer.member("version", server.version)
      }
    }
  }
}
