// SPDX-License-Identifier: Apache-2.0

/// Why a request is not carried out, as the answer says it.
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
  /// Whether the answer names how to authenticate (RFC 6750 §3).
  var asksForToken = false
  /// After how many seconds the same may be tried again.
  var retryAfter: Int?
  /// The methods that there are instead of a wrong one.
  var allowed: [String] = []
  /// Whether the connection ends with the answer, as it is not known where the next request would begin.
  var isLast = false

  init(_ status: Status, _ message: String, asksForToken: Bool = false, retryAfter: Int? = nil) {
    self.status = status
    self.message = message
    self.asksForToken = asksForToken
    self.retryAfter = retryAfter
  }
}
