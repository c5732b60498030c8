// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import BelfryTransport
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// The cockpit: web pages for people, and the actions of their buttons.
struct CockpitAPI: Sendable {
  let server: ServerContext
  let bodies: BodyReader
  /// Whether no tokens are configured, so that nobody signs in or out.
  let isOpen: Bool
  private let seal = FormSeal()
  private let pages = SharedPages()
  /// Limits concurrent alert pages: they partly read the audit log, however long it is.
  private let stories = WorkGate()

  /// The number of decisions shown on an alert's page.
  private static let decisions = 50
  /// The minimum time between two notifications to a page.
  static let rest = Duration.milliseconds(250)

  init(server: ServerContext, bodies: BodyReader, isOpen: Bool) {
    self.server = server
    self.bodies = bodies
    self.isOpen = isOpen
  }

  func add(to routes: inout Routes) {
    routes.get("/", .page) { request, context in
      let canLeave = !isOpen && request.headers[.authorization] == nil
      let now = try await now(context.caller)
      let page = CockpitPage(
        now: now,
        seal: seal(of: context.caller),
        canLeave: canLeave,
        severities: server.configuration.rules.severities.severities
      )
      return Response.page(page.document)
    }
    routes.get("/cockpit/now", .page) { _, context in Response.page(try await now(context.caller)) }
    routes.get("/cockpit.css", .open) { _, _ in Response.file(CockpitFiles.style, "text/css; charset=utf-8") }
    routes.get("/cockpit.js", .open) { _, _ in Response.file(CockpitFiles.script, "text/javascript; charset=utf-8") }
    routes.get("/events", .page) { request, _ in request.method == .head ? eventStream(nil) : try events() }
    routes.get("/config", .page) { _, _ in Response.page(try await configuration().document) }
    routes.get("/alerts/**", .page) { request, _ in
      try await stories.run { Response.page(try await story(request.uri.path).document) }
    }
    routes.post("/cockpit/:action", .form) { request, context in
      let action = context.parameters.get("action") ?? ""
      return try await bodies.withBody(request, context) { bytes in
        let form = Query(String(decoding: bytes, as: UTF8.self))
        try seal.check(form.all("seal").last, by: context.caller)
        try await CockpitActions(server: server, caller: context.caller).send(action, form)
        return Response(status: .seeOther, headers: [.location: "/"])
      }
    }
  }

  /// The part that changes; all read-only callers see the same.
  private func now(_ caller: Caller) async throws(Refusal) -> HTML {
    let seal = seal(of: caller)
    return try await pages.page(seal ?? "") { () async throws(Refusal) in
      let facts = try await server.ask { try await CockpitFacts.read(server) }
      return CockpitNow(facts: facts, seal: seal).html
    }
  }

  /// The seal for the forms of this caller; nil for a read-only caller.
  private func seal(of caller: Caller) -> String? {
    caller.scopes.contains(.operate) ? seal.seal(for: caller) : nil
  }

  private func story(_ path: String) async throws(Refusal) -> StoryPage {
    let text = Query.decoded(path.dropFirst("/alerts/".utf8.count))
    let deadline = WorkDeadline(of: .story, on: server.time)
    let story = try await server.ask { () async throws -> AlertStory? in
      guard let key = AlertKey(text: text), let record = try await server.ledger.record(of: key) else { return nil }
      return try await AlertStory.read(
        record,
        from: server.ledger,
        configuration: server.configuration,
        last: CockpitAPI.decisions,
        by: deadline
      )
    }
    guard let story else { throw Refusal(.notFound, "The alert \(text.oneLine.truncated(to: 200)) is unknown.") }
    return StoryPage(story: story, time: TimeText(now: server.now), notes: server.configuration.notes)
  }

  private func configuration() async throws(Refusal) -> ConfigurationPage {
    try await server.ask {
      ConfigurationPage(
        text: server.configuration.shown,
        version: try await server.ledger.configurations(limit: 1).first,
        time: TimeText(now: server.now)
      )
    }
  }

  private func events() throws(Refusal) -> Response {
    guard let changes = server.changes.listen() else {
      throw Refusal(.tooMany, "\(ChangeBroadcast.limit) pages are already open.", retryAfter: 30)
    }
    let body = ResponseBody { output in
      try await output.write(ByteBuffer(string: "retry: 2000\n\n"))
      for await _ in changes {
        try await output.write(ByteBuffer(string: "data: new\n\n"))
        // However much happens, a page is notified only a few times a second.
        try await server.time.sleep(for: CockpitAPI.rest)
      }
      try await output.finish(nil)
    }
    return eventStream(body)
  }

  private func eventStream(_ body: ResponseBody?) -> Response {
    Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: body ?? ResponseBody()
    )
  }
}
