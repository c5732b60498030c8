// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryPolicy
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Tracing

/// Accepts pushed alerts: Alertmanager's API, webhooks of Alertmanager and Grafana, and Belfry's own format.
///
/// A 2xx is answered only after the alerts are in the ledger and its file is synced.
struct PushAPI: Sendable {
  let server: ServerContext
  let settings: ServerSettings
  let bodies: BodyReader

  func add(to routes: inout Routes) {
    routes.post("/api/v2/alerts", .push) { request, context in
      let answer = try await take(request, context, .alertmanager)
      guard let complaint = answer.complaint else { return Response.json { $0.object { _ in } } }
      throw Refusal(.badRequest, complaint)
    }
    routes.post("/v1/webhook", .push) { request, context in
      let answer = try await take(request, context, .webhook)
      return Response.json(answer.isRefused ? .badRequest : .ok) { answer.encode(into: &$0) }
    }
    routes.post("/v1/alerts", .push) { request, context in
      let answer = try await take(request, context, .own)
      return Response.json(answer.isRefused ? .badRequest : .ok) { answer.encode(into: &$0) }
    }
  }

  /// Accepts the valid alerts; invalid ones do not affect the others.
  ///
  /// It is a span of the trace that the request names.
  private func take(_ request: Request, _ context: CallContext, _ shape: PushShape) async throws -> PushAnswer {
    let path = request.uri.path
    let parent = server.instruments.parent(in: request.headers, using: HeaderExtractor())
    return try await server.instruments.span("POST \(path)", ofKind: .server, within: parent) { span in
      span?.attributes["http.request.method"] = "POST"
      span?.attributes["http.route"] = path
      return try await bodies.withBody(request, context) { bytes in
        let now = server.now
        let pushed = AlertDecoding.readPush(SourceText(name: "the request", bytes: bytes), shape, now: now)
        span?.attributes["belfry.alerts"] = pushed.alerts.count
        let timeout = shape == .webhook ? PushedAlert.webhookTimeout : settings.resolveTimeout.duration
        try await server.ingest(pushed.alerts.map { $0.event(at: now, timeout: timeout) })
        return PushAnswer(pushed: pushed)
      }
    }
  }
}
