// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The sessions of browsers that signed in with a token: a cookie that this process signed and that names the token.
///
/// Sessions are not stored: a cookie with a valid signature is accepted until its expiry. The key lives as long as the
/// server process, and so do all sessions.
struct Sessions: Sendable {
  private let key = [UInt8].randomKey()

  /// The lifetime of a session.
  static let duration = Duration.seconds(12 * 3600)
  private static let cookie = "belfry_session"

  /// The `Set-Cookie` value that starts a session: no script can read it, and no other site's page makes a browser send
  /// it.
  ///
  /// With `isSecure` it is never sent in clear.
  func begin(for name: String, at now: Instant, isSecure: Bool = false) -> String {
    let said = "\((now + Sessions.duration).microseconds).\(Array(name.utf8).hexadecimal)"
    return Sessions.header("\(said).\(signature(of: said))", seconds: Int(Sessions.duration.components.seconds))
      + (isSecure ? "; Secure" : "")
  }

  /// The `Set-Cookie` value that ends a session.
  static var end: String { header("", seconds: 0) }

  /// The token name in a `Cookie` header's session; nil if there is no valid one.
  func name(in header: String?, at now: Instant) -> String? {
    guard
      let pair = header?.split(separator: ";").map({ $0.drop(while: \.isWhitespace) })
        .first(where: { $0.hasPrefix(Sessions.cookie + "=") })
    else { return nil }
    let parts = pair.dropFirst(Sessions.cookie.count + 1).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let until = Int64(parts[0]),
      SHA256.isEqual(Array(parts[2].utf8), Array(signature(of: "\(parts[0]).\(parts[1])").utf8)),
      now < Instant(microseconds: until)
    else { return nil }
    return Sessions.text(ofHexadecimal: parts[1])
  }

  private func signature(of text: String) -> String {
    SHA256.authenticationCode(of: Array("session \(text)".utf8), key: key).hexadecimal
  }

  private static func header(_ value: String, seconds: Int) -> String {
    "\(cookie)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
  }

  private static func text(ofHexadecimal text: Substring) -> String {
    let digits = Array(text.utf8)
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { place in
      UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  fileprivate var hexadecimal: String {
    reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
  }

  /// A random key known only to this process.
  static func randomKey() -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    return (0..<SHA256.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }
}
