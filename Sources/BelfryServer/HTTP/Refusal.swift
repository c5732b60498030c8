// SPDX-License-Identifier: Apache-2.0

/// The reason why a request is refused, in the form of an answer.
struct Refusal: Error, Sendable, Hashable {
  enum Status: Int, Sendable {
    case badRequest = 400
    case unauthorized = 401
    case forbidden = 403
    case notFound = 404
    case wrongMethod = 405
    case gone = 410
    case tooLarge = 413
    case unknownEncoding = 415
    case tooMany = 429
    case failed = 500
    case unknownMethod = 501
    case unavailable = 503
  }

  var status: Status
  var message: String
  /// Whether the answer states how to authenticate (RFC 6750 §3).
  var asksForToken = false
  /// The number of seconds after which to try again.
  var retryAfter: Int?
  /// The allowed methods, if the method was wrong.
  var allowed: [String] = []
  /// Whether the connection closes after the answer, because the start of the next request is unknown.
  var isLast = false

  init(_ status: Status, _ message: String, asksForToken: Bool = false, retryAfter: Int? = nil) {
    self.status = status
    self.message = message
    self.asksForToken = asksForToken
    self.retryAfter = retryAfter
  }
}
