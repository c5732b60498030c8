// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// Takes in the bodies of requests, no larger than allowed, and no more of them at once than there is room for.
struct BodyReader: Sendable {
  private let limit: Int
  private let gate: PushGate

  /// How many requests may be under way that bring a body.
  private static let requestLimit = 1_024
  /// How many of the largest bodies there is room for; with smaller ones, for as many as make up that.
  private static let largestAtOnce = 4

  init(limit: Int) {
    self.limit = limit
    gate = PushGate(bytes: BodyReader.largestAtOnce * limit, requests: BodyReader.requestLimit)
  }

  /// Reads a body whole and has it worked on; its room is free again when that has ended.
  func withBody<Outcome>(_ request: Request, _ work: ([UInt8]) async throws -> Outcome) async throws -> Outcome {
    let declared = request.headers[.contentLength].flatMap { Int($0) }
    if let declared, declared > limit { throw tooLarge }
    guard gate.enter() else { throw BodyReader.busy }
    var bytes: [UInt8] = []
    defer { gate.leave(bytes.count) }
    for try await part in request.body {
      guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
      guard gate.take(part.readableBytes) else { throw BodyReader.busy }
      bytes.append(contentsOf: part.readableBytesView)
    }
    guard declared == nil || declared == bytes.count else {
      throw Refusal(.badRequest, "The request ended before its body did.")
    }
    return try await work(bytes)
  }

  private var tooLarge: Refusal { Refusal(.tooLarge, "A request may have \(limit) bytes at most; send fewer alerts.") }
  private static let busy = Refusal(.tooMany, "There is more under way than there is room for.", retryAfter: 1)
}
