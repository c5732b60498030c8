// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import HTTPTypes
internal import Hummingbird

/// Serves the links in messages: a page that asks, and a button that acknowledges.
///
/// Opening a link changes nothing, because mail scanners and chats open every link they find. Nobody signs in: the link
/// is the permission, for one alert, one action and a limited time.
struct AcknowledgeAPI: Sendable {
  private let server: ServerContext
  private let bodies: BodyReader
  private let key: LinkKey
  /// Limits requests; invalid links use up nothing of the limit for valid ones.
  private let gate = RateGate(
    Dictionary(uniqueKeysWithValues: Budget.allCases.map { ($0.rawValue, $0.rate) })
  )
  private let links = LinkGate()

  /// The kinds of links that are counted separately.
  private enum Budget: String, CaseIterable {
    /// Valid links.
    case valid
    /// Expired links of this server.
    case expired
    /// Links that are not this server's, or were changed.
    case foreign

    var rate: Rate { self == .valid ? Rate(100, per: .seconds(1)) : Rate(20, per: .seconds(1)) }
  }

  init(server: ServerContext, bodies: BodyReader, key: LinkKey) {
    self.server = server
    self.bodies = bodies
    self.key = key
  }

  func add(to routes: inout Routes) {
    let path = RouterPath(AcknowledgeLinks.path + ":token")
    routes.get(path, .link) { _, context in await answer(context) }
    routes.head(path, .link) { _, context in await answer(context).createHeadResponse() }
    routes.post(path, .link) { request, context in
      // Its content is not used.
      try await bodies.withBody(request, context) { _ in }
      return await act(context)
    }
  }

  /// Shows the status of the link's alert.
  private func answer(_ context: CallContext) async -> Response {
    await answered { () async throws(Refusal) in
      let token = token(context)
      let claim = try claim(token)
      let record = try await record(of: claim)
      return Response.ack(AcknowledgePage(claim: claim, record: record, token: token, time: TimeText(now: server.now)))
    }
  }

  /// Acknowledges the alert if it can be acknowledged; the page that follows shows its status.
  ///
  /// An alert that is already acknowledged stays with its owner.
  private func act(_ context: CallContext) async -> Response {
    await answered { () async throws(Refusal) in
      let token = token(context)
      let claim = try claim(token)
      if let record = try await record(of: claim), claim.means(record), record.acknowledgement == nil {
        _ = try await server.perform(
          Acknowledge(.key(claim.alert), during: claim.madeAt),
          by: Operator(claim.operatorName, .link)
        )
      }
      return Response(
        status: .seeOther,
        headers: Response.ackHeaders.merging([.location: AcknowledgeLinks.path + token])
      )
    }
  }

  private func token(_ context: CallContext) -> String { context.parameters.get("token") ?? "" }

  /// The content of a link, if it is valid.
  private func claim(_ token: String) throws(Refusal) -> AcknowledgeClaim {
    guard let claim = AcknowledgeClaim(token: token, signedWith: key) else {
      try pass(.foreign)
      throw Refusal(.notFound, "This link is incomplete, or was not issued by this server.")
    }
    guard server.now < claim.expiresAt else {
      try pass(.expired)
      throw Refusal(.gone, "This link has expired.")
    }
    // Checked first and per link: opening one link over and over uses up nothing of the limit for others.
    if let wait = links.wait(for: token, at: server.now) { throw AcknowledgeAPI.tooMany(wait) }
    try pass(.valid)
    return claim
  }

  private func pass(_ budget: Budget) throws(Refusal) {
    guard let wait = gate.wait(for: Caller(name: budget.rawValue, scopes: []), at: server.now) else { return }
    throw AcknowledgeAPI.tooMany(wait)
  }

  private static func tooMany(_ wait: Int) -> Refusal {
    Refusal(.tooMany, "Too many requests. Try again in a moment.", retryAfter: wait)
  }

  private func record(of claim: AcknowledgeClaim) async throws(Refusal) -> AlertRecord? {
    try await server.ask { try await server.ledger.record(of: claim.alert) }
  }

  /// Turns errors into a page too.
  private func answered(_ answer: () async throws(Refusal) -> Response) async -> Response {
    do {
      return try await answer()
    } catch {
      var response = Response.ack(LinkRefusedPage(message: error.message), error.status)
      if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
      return response
    }
  }
}

extension HTTPFields {
  fileprivate func merging(_ fields: HTTPFields) -> HTTPFields { fields.reduce(into: self) { $0[$1.name] = $1.value } }
}

extension Response {
  /// Headers that hide the link from other sites, and keep it out of caches.
  fileprivate static let ackHeaders: HTTPFields = {
    var fields: HTTPFields = [.cacheControl: "no-store"]
    if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
    return fields
  }()

  fileprivate static func ack(_ page: some AcknowledgeDocument, _ status: Refusal.Status? = nil) -> Response {
    var response = Response.page(page.document, status.map { HTTPResponse.Status(code: $0.rawValue) } ?? .ok)
    for field in ackHeaders { response.headers[field.name] = field.value }
    return response
  }
}
