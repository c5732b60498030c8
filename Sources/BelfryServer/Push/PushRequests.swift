// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryPolicy
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Tracing

/// Takes requests that say that alerts fire or ended, whatever their format.
struct PushRequests: Sendable {
  let server: ServerContext
  let bodies: BodyReader

  /// Accepts the valid alerts; invalid ones do not affect the others.
  ///
  /// It is a span of the trace that the request names. The alerts are in the ledger, and its file is synced, once it
  /// returns. `route` is the path with names in place of its parameters; `timeout`, how long an alert without an end stays
  /// active unless it is pushed again.
  func take(
    _ request: Request,
    _ context: CallContext,
    route: String,
    timeout: Duration,
    _ read: (SourceText) -> PushedAlerts
  ) async throws -> PushAnswer {
    let parent = server.instruments.parent(in: request.headers, using: HeaderExtractor())
    let path = request.uri.path
    return try await server.instruments.span("POST \(path)", ofKind: .server, within: parent) { span in
      span?.attributes["http.request.method"] = "POST"
      span?.attributes["http.route"] = route
      return try await bodies.withBody(request, context) { bytes in
        let now = server.now
        let pushed = read(SourceText(name: "the request", bytes: bytes))
        span?.attributes["belfry.alerts"] = pushed.alerts.count
        try await server.ingest(pushed.events(at: now, timeout: timeout))
        return PushAnswer(pushed: pushed)
      }
    }
  }
}
