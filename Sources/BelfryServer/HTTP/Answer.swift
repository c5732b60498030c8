// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Response {
  static func json(_ status: HTTPResponse.Status = .ok, _ write: (inout JSONWriter) -> Void) -> Response {
    var writer = JSONWriter()
    write(&writer)
    return Response(
      status: status,
      headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes))
    )
  }

  static func text(_ status: HTTPResponse.Status = .ok, _ text: String) -> Response {
    Response(
      status: status,
      headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n"))
    )
  }

  /// A refusal as an answer: a JSON string for Alertmanager's clients, as in their API, an object for others.
  static func refusal(_ refusal: Refusal, path: String) -> Response {
    let isForeign = path.hasPrefix("/api/v2/")
    var response = Response.json(HTTPResponse.Status(code: refusal.status.rawValue)) { writer in
      if isForeign {
        writer.string(refusal.message)
      } else {
        writer.object { $0.member("error", refusal.message) }
      }
    }
    if refusal.asksForToken { response.headers[.wwwAuthenticate] = "Bearer realm=\"belfry\"" }
    if let seconds = refusal.retryAfter { response.headers[.retryAfter] = String(seconds) }
    if refusal.status == .wrongMethod { response.headers[.allow] = refusal.allowed.joined(separator: ", ") }
    // RFC 7694 §3
    if refusal.status == .unknownEncoding { response.headers[.acceptEncoding] = "gzip" }
    // To reuse the connection, the unread rest of the body would have to be read.
    if refusal.isLast || [.tooLarge, .tooMany].contains(refusal.status) { response.headers[.connection] = "close" }
    return response
  }
}
