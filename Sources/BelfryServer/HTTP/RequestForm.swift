// SPDX-License-Identifier: Apache-2.0

/// The parts of a request's head that two servers could interpret differently.
struct RequestForm: Sendable, Hashable {
  /// An ambiguity in the request.
  enum Fault: Error, Sendable, Hashable {
    case severalHosts
    /// Before HTTP/1.1 an older proxy in between does not know it (RFC 9112 §6.1).
    case codingBeforeHTTP11
    /// Both at once enable request smuggling (RFC 9112 §6.3).
    case codingAndLength
    case severalLengths
    /// A target for a proxy (RFC 9112 §3.2.2) other than this server under the name in `Host`.
    case foreignTarget
  }

  var isHTTP11: Bool
  var target: String
  /// The values of `Host`, `Transfer-Encoding` and `Content-Length`, one for each occurrence of the header.
  var hosts: [String]
  var codings: [String]
  var lengths: [String]

  /// The ambiguity; nil if every server interprets the request in the same way.
  var fault: Fault? {
    if hosts.count > 1 { return .severalHosts }
    if !codings.isEmpty, !isHTTP11 { return .codingBeforeHTTP11 }
    if !codings.isEmpty, !lengths.isEmpty { return .codingAndLength }
    if lengths.count > 1 { return .severalLengths }
    if target.hasPrefix("/") { return nil }
    guard let authority, let host = hosts.first, authority == host.lowercased() else { return .foreignTarget }
    return nil
  }

  /// The path and query of the target, which start with a slash if there is no fault.
  var path: String {
    guard !target.hasPrefix("/"), let (_, rest) = parts else { return target }
    let path = rest.drop { !"/?#".contains($0) }
    return path.hasPrefix("/") ? String(path) : "/" + path
  }

  /// The host of an absolute target, in lower case; nil for other targets.
  private var authority: String? {
    guard let (scheme, rest) = parts, ["http", "https"].contains(scheme.lowercased()) else { return nil }
    return rest.prefix { !"/?#".contains($0) }.lowercased()
  }

  private var parts: (scheme: Substring, rest: Substring)? {
    guard let colon = target.firstIndex(of: ":"), target[colon...].hasPrefix("://") else { return nil }
    return (target[..<colon], target[colon...].dropFirst(3))
  }
}
