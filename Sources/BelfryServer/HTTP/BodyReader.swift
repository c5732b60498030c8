// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Reads request bodies, limited in size and in how much is in memory at once.
struct BodyReader: Sendable {
  private let limit: Int
  private let gate: PushGate

  /// The most concurrent requests with a body.
  private static let requestLimit = 1_024
  /// The number of largest bodies that fit in memory; more fit if they are smaller.
  private static let largestAtOnce = 4
  /// The largest body without a token: a form with a token, or nothing.
  private static let strangersLimit = 4 << 10

  /// Makes a reader for callers with this many tokens.
  ///
  /// If there are several, none of them can use up the space of all.
  init(limit: Int, callers: Int = 0) {
    self.limit = limit
    let share = callers > 1 ? 2 : 1
    gate = PushGate(
      bytes: BodyReader.largestAtOnce * limit,
      requests: BodyReader.requestLimit,
      callerBytes: BodyReader.largestAtOnce * limit / share,
      callerRequests: BodyReader.requestLimit / share
    )
  }

  private init(limit: Int, gate: PushGate) {
    self.limit = limit
    self.gate = gate
  }

  /// Makes a reader for requests without a token: small, and with its own space.
  static var ofStrangers: BodyReader {
    BodyReader(limit: strangersLimit, gate: PushGate(bytes: requestLimit * strangersLimit, requests: requestLimit))
  }

  /// The same space, for bodies of at most this size.
  func limited(to bytes: Int) -> BodyReader { BodyReader(limit: min(limit, bytes), gate: gate) }

  /// Reads a whole body and passes it to `work`, and frees its space afterwards.
  ///
  /// A gzip-compressed body is inflated; the limit applies before and after.
  func withBody<Outcome>(
    _ request: Request,
    _ context: CallContext,
    _ work: ([UInt8]) async throws -> Outcome
  ) async throws -> Outcome {
    let isCompressed = try BodyReader.isCompressed(request)
    let declared = request.headers[.contentLength].flatMap { Int($0) }
    if let declared, declared > limit { throw tooLarge }
    guard var place = gate.enter(as: context.caller.name) else { throw BodyReader.busy }
    defer { gate.leave(place) }
    if request.headers[.expect]?.lowercased() == "100-continue", declared != 0 {
      // The client waits for this before it sends a body (RFC 9110 §10.1.1).
      try await context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
    }
    var bytes = try await read(request, &place)
    guard declared == nil || declared == bytes.count else { throw BodyReader.cut }
    if isCompressed { bytes = try inflated(bytes, &place) }
    return try await work(bytes)
  }

  private func read(_ request: Request, _ place: inout PushGate.Place) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      for try await part in request.body {
        try take(part.readableBytes, after: bytes.count, &place)
        bytes.append(contentsOf: part.readableBytesView)
      }
    } catch HTTPParserError.invalidEOFState {
      throw BodyReader.cut
    } catch is HTTPParserError {
      throw BodyReader.malformed
    }
    return bytes
  }

  private func inflated(_ bytes: [UInt8], _ place: inout PushGate.Place) throws -> [UInt8] {
    var whole: [UInt8] = []
    do {
      try GzipReader().inflate(bytes) { piece in
        try take(piece.count, after: whole.count, &place)
        whole += piece
      }
    } catch let fault as GzipReader.Fault {
      let what = fault == .cut ? "The gzip body ends too early." : "The body is not gzip, as Content-Encoding says."
      throw Refusal(.badRequest, what)
    }
    return whole
  }

  private func take(_ count: Int, after taken: Int, _ place: inout PushGate.Place) throws(Refusal) {
    guard taken + count <= limit else { throw tooLarge }
    guard gate.take(count, &place) else { throw BodyReader.busy }
  }

  /// Whether the body is gzip-compressed; other codings are refused.
  private static func isCompressed(_ request: Request) throws(Refusal) -> Bool {
    switch request.headers[.contentEncoding]?.lowercased() {
    case nil, "", "identity": return false
    case "gzip", "x-gzip": return true
    case let coding?:
      throw Refusal(.unknownEncoding, "Content-Encoding is \"\(CallerLines.bounded(coding))\"; send gzip or none.")
    }
  }

  private var tooLarge: Refusal { Refusal(.tooLarge, "The request is larger than \(limit) bytes. Send fewer alerts.") }
  private static let busy = Refusal(.tooMany, "Too many requests in progress.", retryAfter: 1)
  private static let cut = Refusal(.badRequest, "The request ended before its body did.").last
  private static let malformed = Refusal(.badRequest, "The body does not match its headers.").last
}
