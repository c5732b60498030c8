// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A validated HTTP exchange: nothing in its URL, method and header fields would break the request's framing.
struct PreparedRequest: Sendable {
  let exchange: HTTPExchange
  let address: RequestAddress
  /// The transport's settings, shared by all exchanges.
  let settings: HTTPSettings

  /// The access token for the field `Authorization`; nil if there is none.
  private let token: Secret?

  init(_ exchange: HTTPExchange, token: Secret? = nil, settings: HTTPSettings) throws(TransportFailure) {
    guard !exchange.method.isEmpty, exchange.method.utf8.allSatisfy(\.isTokenCharacter) else {
      throw TransportFailure(.malformed, "the method is not a word")
    }
    for field in exchange.fields { try PreparedRequest.check(field) }
    address = try PreparedRequest.address(of: exchange)
    self.exchange = exchange
    self.settings = settings
    self.token = token
    if let name = exchange.serverName {
      renamed = try RequestAddress.url(PreparedRequest.url(of: exchange), on: name)
    } else {
      renamed = nil
    }
  }

  /// The URL with `serverName` as its host: libcurl asks for the URL's host with TLS, and connects elsewhere.
  private let renamed: Secret?

  /// The URL on the wire; it may hold a secret.
  var url: String { renamed?.reveal() ?? PreparedRequest.url(of: exchange) }

  private static func url(of exchange: HTTPExchange) -> String {
    exchange.sealed.url.isEmpty ? exchange.url : exchange.sealed.url.reveal()
  }

  /// Where to connect instead of the URL's host, in libcurl's format; nil for the URL's host.
  var route: String? { exchange.serverName.map { "\($0):\(address.port):\(address.host):\(address.port)" } }

  /// The body on the wire; it may hold a secret.
  var body: [UInt8] { exchange.sealed.body.isEmpty ? exchange.body : Array(exchange.sealed.body.reveal().utf8) }

  /// The header lines in libcurl's format.
  ///
  /// They hold secrets: they are made last and stored nowhere else.
  ///
  /// A name followed by a colon and nothing else removes a field that libcurl would add by default.
  func headerLines() -> [String] {
    var absent: Set = ["accept", "content-type", "expect"]
    var lines: [String] = []
    for field in exchange.fields {
      let value = field.value.revealed
      absent.remove(field.name.lowercased())
      lines.append(value.isEmpty ? "\(field.name);" : "\(field.name): \(value)")
    }
    if let token { lines.append("Authorization: Bearer \(token.reveal())") }
    // The request itself is for the host of the original URL.
    if exchange.serverName != nil, !exchange.fields.contains(where: { $0.name.lowercased() == "host" }) {
      lines.append("Host: \(address.authority)")
    }
    return lines + absent.map { "\($0):" }
  }

  /// Parses the exchange's address.
  ///
  /// One that came from a variable is the operator's to correct.
  static func address(of exchange: HTTPExchange) throws(TransportFailure) -> RequestAddress {
    guard !exchange.sealed.url.isEmpty else { return try RequestAddress(exchange.url) }
    do { return try RequestAddress(exchange.sealed.url.reveal()) } catch {
      throw TransportFailure(.unusableSecret, error.message)
    }
  }

  /// Checks a header field.
  ///
  /// The error names the field and never shows its value.
  private static func check(_ field: HTTPField) throws(TransportFailure) {
    guard !field.name.isEmpty, field.name.utf8.allSatisfy(\.isTokenCharacter) else {
      throw TransportFailure(.malformed, "a header field's name contains a character that is not allowed there")
    }
    // The channel may set none of these: they frame the request (RFC 9112 §6).
    guard !["content-length", "transfer-encoding", "connection"].contains(field.name.lowercased()) else {
      throw TransportFailure(.malformed, "the header field \(field.name) is set by the transport alone")
    }
    guard field.value.revealed.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
      let isSecret = if case .secret = field.value { true } else { false }
      let text = "the header field \(field.name) contains a line break or a control character"
      throw TransportFailure(isSecret ? .unusableSecret : .malformed, text)
    }
  }
}

/// The settings that all HTTP exchanges of a transport share.
struct HTTPSettings: Sendable {
  var userAgent: String
  /// Hosts reached without the proxy from the environment, in libcurl's format.
  var withoutProxy: String
}

extension HTTPField.Value {
  /// The text with its secrets, as sent over the network or to a program.
  var revealed: String {
    switch self {
    case .text(let text): text
    case .secret(let prefix, let secret): prefix + secret.reveal()
    }
  }
}

extension UInt8 {
  /// Whether it may appear in a method or a field's name (RFC 9110 §5.6.2).
  fileprivate var isTokenCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(self)
    }
  }
}
