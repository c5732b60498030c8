// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// The parts of an `http` or `https` URL that the transport uses for decisions and may show in messages.
struct RequestAddress: Sendable {
  let isSecure: Bool
  let host: String
  let port: String

  /// The key for sharing connections, and the name of the peer in messages.
  var origin: String { "\(isSecure ? "https" : "http")://\(host):\(port)" }
  var place: String { "\(host) port \(port)" }
  /// The host, and the port unless it is the scheme's own, as the field `Host` names them.
  var authority: String { port == (isSecure ? "443" : "80") ? host : "\(host):\(port)" }

  /// Parses the URL the same way as libcurl.
  ///
  /// The failure's message does not show the URL: its query may hold a token.
  init(_ url: String) throws(TransportFailure) {
    guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), let parser = curl_url() else {
      throw TransportFailure(.malformed, "the URL contains a space or a control character")
    }
    defer { curl_url_cleanup(parser) }
    let code = curl_url_set(parser, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER))
    guard code == CURLUE_OK else {
      throw TransportFailure(.malformed, "the URL cannot be used: \(String(cString: curl_url_strerror(code)))")
    }
    let scheme = RequestAddress.part(CURLUPART_SCHEME, of: parser)
    guard scheme == "http" || scheme == "https" else {
      throw TransportFailure(.malformed, "the URL's scheme is \(scheme): only http and https can be sent to")
    }
    isSecure = scheme == "https"
    host = RequestAddress.part(CURLUPART_HOST, of: parser).lowercased()
    port = RequestAddress.part(CURLUPART_PORT, of: parser)
  }

  /// The URL with another host.
  static func url(_ url: String, on host: String) throws(TransportFailure) -> Secret {
    guard let parser = curl_url() else { throw TransportFailure(.other, "out of memory") }
    defer { curl_url_cleanup(parser) }
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_set(parser, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK,
      curl_url_set(parser, CURLUPART_HOST, host, 0) == CURLUE_OK,
      curl_url_get(parser, CURLUPART_URL, &text, 0) == CURLUE_OK, let text
    else { throw TransportFailure(.malformed, "the URL cannot be used with the server name \(host)") }
    defer { curl_free(text) }
    return Secret(String(cString: text))
  }

  private static func part(_ part: CURLUPart, of parser: OpaquePointer) -> String {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(parser, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return "" }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
