// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// The cockpit: a page for people at `/`, and what its buttons do.
struct CockpitAPI: Sendable {
  let parts: ServerParts
  let bodies: BodyReader
  private let seal = FormSeal()

  init(parts: ServerParts, bodies: BodyReader) {
    self.parts = parts
    self.bodies = bodies
  }

  func add(to router: Router<CallContext>) {
    router.get("/") { _, context in page(try await read(context.caller).document) }
    router.get("/cockpit/now") { _, context in page(try await read(context.caller).fragment) }
    router.get("/cockpit.css") { _, _ in answer(CockpitFiles.style, "text/css; charset=utf-8") }
    router.get("/cockpit.js") { _, _ in answer(CockpitFiles.script, "text/javascript; charset=utf-8") }
    router.get("/events") { _, _ in try events() }
    router.post("/cockpit/:action") { request, context in
      let action = context.parameters.get("action") ?? ""
      return try await bodies.withBody(request) { bytes in
        let form = Query(String(decoding: bytes, as: UTF8.self))
        try seal.check(form.all("seal").last, by: context.caller)
        try await CockpitActions(parts: parts, caller: context.caller).carryOut(action, form)
        return Response(status: .seeOther, headers: [.location: "/"])
      }
    }
  }

  private func read(_ caller: Caller) async throws(Refusal) -> CockpitPage {
    let facts = try await parts.ask { try await CockpitFacts.read(parts.ledger, at: parts.now) }
    return CockpitPage(facts: facts, seal: caller.scopes.contains(.operate) ? seal.seal(for: caller) : nil)
  }

  private func page(_ html: HTML) -> Response { answer(html.text, "text/html; charset=utf-8") }

  private func answer(_ text: String, _ type: String) -> Response {
    var response = Response(
      status: .ok,
      headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
    response.headers[.contentSecurityPolicy] = CockpitAPI.policy
    return response
  }

  private static let policy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")

  private func events() throws(Refusal) -> Response {
    guard let changes = parts.changes.listen() else {
      throw Refusal(.tooMany, "\(ChangeFeed.limit) pages are open already.", retryAfter: 30)
    }
    let body = ResponseBody { output in
      try await output.write(ByteBuffer(string: "retry: 2000\n\n"))
      for await _ in changes { try await output.write(ByteBuffer(string: "data: new\n\n")) }
      try await output.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: body
    )
  }
}
