// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryPolicy
internal import Hummingbird
internal import HummingbirdCore

/// Accepts pushed alerts: Alertmanager's API, webhooks of Alertmanager and Grafana, and Belfry's own format.
///
/// A 2xx is answered only after the alerts are in the ledger and its file is synced.
struct PushAPI: Sendable {
  let pushes: PushRequests
  let settings: ServerSettings

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

  private func take(_ request: Request, _ context: CallContext, _ shape: PushShape) async throws -> PushAnswer {
    let timeout = shape == .webhook ? PushedAlert.webhookTimeout : settings.resolveTimeout.duration
    let server = pushes.server
    return try await pushes.take(request, context, route: request.uri.path, timeout: timeout) {
      AlertDecoding.readPush(
        $0,
        shape,
        now: server.now,
        severities: server.configuration.rules.severities,
        transform: settings.transform
      )
    }
  }
}
