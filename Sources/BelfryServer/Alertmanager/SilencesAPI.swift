// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore

/// Alertmanager's silences, created, changed, listed and ended as `amtool` and its web page do it.
struct SilencesAPI: Sendable {
  let server: ServerContext
  let bodies: BodyReader

  /// How long an ended silence is still listed: as long as in Alertmanager.
  private static let retention = Duration.seconds(120 * 3600)

  func add(to routes: inout Routes) {
    routes.get("/api/v2/silences", .read) { request, _ in
      try await list(Query(request.uri.query ?? "").matchers("filter"))
    }
    routes.post("/api/v2/silences", .operate) { request, context in
      try await bodies.withBody(request, context) { try await post(try PostedSilence($0), by: context.caller) }
    }
    routes.get("/api/v2/silence/:id", .read) { _, context in
      let silence = try await find(SilenceID(context.parameters.get("id") ?? ""))
      return Response.json { SilenceView(silence).encode(into: &$0, at: server.now) }
    }
    routes.delete("/api/v2/silence/:id", .operate) { _, context in
      let silence = try await find(SilenceID(context.parameters.get("id") ?? ""))
      if !silence.isOver(at: server.now) {
        _ = try await server.perform(EndSilence(silence.id.text), by: context.caller.operator(.http))
      }
      return Response.json { $0.object { _ in } }
    }
  }

  private func list(_ filter: [AlertmanagerMatcher]) async throws(Refusal) -> Response {
    let now = server.now
    let kept = try await server.ask {
      try await server.ledger.allSilences(endingAfter: now - SilencesAPI.retention)
    }
    return .json { writer in
      writer.array(kept.map { SilenceView($0) }.filter { $0.isAsked(by: filter) }) { $1.encode(into: &$0, at: now) }
    }
  }

  private func post(_ posted: PostedSilence, by caller: Caller) async throws(Refusal) -> Response {
    let now = server.now
    var named: Silence?
    var replaced: Silence?
    if let id = posted.id {
      let found = try await find(id)
      named = found
      // An ended silence stays unchanged; the request creates a new one.
      replaced = found.isOver(at: now) ? nil : found
    }
    let silence = try posted.silence(changing: named, at: now)
    let added = try await server.perform(
      AddSilence(silence, replacing: replaced?.id),
      by: caller.operator(.http)
    )
    return .json { $0.object { $0.member("silenceID", added.silence.id.text) } }
  }

  private func find(_ id: SilenceID) async throws(Refusal) -> Silence {
    guard let silence = try await server.ask({ try await server.ledger.silences([id])[id] }) else {
      throw Refusal(.notFound, "There is no silence \(id).")
    }
    return silence
  }
}
