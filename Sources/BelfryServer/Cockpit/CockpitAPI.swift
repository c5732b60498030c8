// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// The cockpit: pages for people, and what their buttons do.
struct CockpitAPI: Sendable {
  let parts: ServerParts
  let bodies: BodyReader
  /// Whether no tokens are asked for, so that nobody signs in or out.
  let isOpen: Bool
  private let seal = FormSeal()
  private let pages = SharedPages()
  /// What became of an alert is partly read from the audit log, however long that is.
  private let stories = WorkGate()

  /// How many of the latest decisions about an alert its page shows.
  private static let decisions = 50
  /// How long a page is told nothing more after a notice.
  static let rest = Duration.milliseconds(250)

  init(parts: ServerParts, bodies: BodyReader, isOpen: Bool) {
    self.parts = parts
    self.bodies = bodies
    self.isOpen = isOpen
  }

  func add(to router: Router<CallContext>) {
    router.get("/") { request, context in
      let canLeave = !isOpen && request.headers[.authorization] == nil
      let now = try await now(context.caller)
      return Response.page(CockpitPage(now: now, seal: seal(of: context.caller), canLeave: canLeave).document)
    }
    router.get("/cockpit/now") { _, context in Response.page(try await now(context.caller)) }
    router.get("/cockpit.css") { _, _ in Response.file(CockpitFiles.style, "text/css; charset=utf-8") }
    router.get("/cockpit.js") { _, _ in Response.file(CockpitFiles.script, "text/javascript; charset=utf-8") }
    router.get("/events") { _, _ in try events() }
    router.get("/config") { _, _ in Response.page(try await configuration().document) }
    router.get("/alerts/**") { request, _ in
      try await stories.run { Response.page(try await story(request.uri.path).document) }
    }
    router.post("/cockpit/:action") { request, context in
      let action = context.parameters.get("action") ?? ""
      return try await bodies.withBody(request, context) { bytes in
        let form = Query(String(decoding: bytes, as: UTF8.self))
        try seal.check(form.all("seal").last, by: context.caller)
        try await CockpitActions(parts: parts, caller: context.caller).carryOut(action, form)
        return Response(status: .seeOther, headers: [.location: "/"])
      }
    }
  }

  /// What changes; all who may only read are shown the same.
  private func now(_ caller: Caller) async throws(Refusal) -> HTML {
    let seal = seal(of: caller)
    return try await pages.page(seal ?? "") { () async throws(Refusal) in
      let facts = try await parts.ask { try await CockpitFacts.read(parts) }
      return CockpitNow(facts: facts, seal: seal).html
    }
  }

  /// What the forms are sealed with that the caller is shown; nil for one who may only read.
  private func seal(of caller: Caller) -> String? {
    caller.scopes.contains(.operate) ? seal.seal(for: caller) : nil
  }

  private func story(_ path: String) async throws(Refusal) -> StoryPage {
    let text = Query.decoded(path.dropFirst("/alerts/".utf8.count))
    let deadline = WorkDeadline(of: .story, on: parts.time)
    let story = try await parts.ask { () async throws -> AlertStory? in
      guard let key = AlertKey(text: text), let record = try await parts.ledger.record(of: key) else { return nil }
      return try await AlertStory.read(
        record,
        from: parts.ledger,
        configuration: parts.configuration,
        last: CockpitAPI.decisions,
        log: parts.configuration.audit.path,
        by: deadline
      )
    }
    guard let story else { throw Refusal(.notFound, "The alert \(text.oneLine.truncated(to: 200)) is unknown.") }
    return StoryPage(story: story, time: TimeText(now: parts.now), notes: parts.configuration.notes)
  }

  private func configuration() async throws(Refusal) -> ConfigurationPage {
    try await parts.ask {
      ConfigurationPage(
        text: parts.configuration.shown,
        version: try await parts.ledger.configurations(limit: 1).first,
        time: TimeText(now: parts.now)
      )
    }
  }

  private func events() throws(Refusal) -> Response {
    guard let changes = parts.changes.listen() else {
      throw Refusal(.tooMany, "\(ChangeFeed.limit) pages are open already.", retryAfter: 30)
    }
    let body = ResponseBody { output in
      try await output.write(ByteBuffer(string: "retry: 2000\n\n"))
      for await _ in changes {
        try await output.write(ByteBuffer(string: "data: new\n\n"))
        // However much happens, a page is told of it a few times a second.
        try await parts.time.sleep(for: CockpitAPI.rest)
      }
      try await output.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: body
    )
  }
}
