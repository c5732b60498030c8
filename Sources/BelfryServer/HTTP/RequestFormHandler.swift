// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTP1

/// Refuses requests whose form two servers could understand differently, before anything else sees them.
///
/// A refused one is answered like all that is not HTTP: 400, and the connection ends. What is refused here the parser
/// accepts; the later parts of the pipeline no longer know the version nor the first `Host`.
final class RequestFormHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  private var isOver = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isOver { return }
    guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    if let fault = RequestFormHandler.fault(in: head) {
      isOver = true
      return context.fireErrorCaught(fault)
    }
    // Only HTTP/1.1 knows it (RFC 9110 §10.1.1).
    if head.version != .http1_1 { head.headers.remove(name: "Expect") }
    head.uri = RequestFormHandler.path(of: head.uri)
    // There is nothing to upgrade to, and the parser reads nothing after such a request: it is the connection's last.
    if head.headers.contains(name: "Upgrade") { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  /// What two servers could understand differently; nil for nothing.
  static func fault(in head: HTTPRequestHead) -> HTTPParserError? {
    let hosts = head.headers["Host"]
    if hosts.count > 1 { return .invalidHeaderToken }
    let codings = head.headers["Transfer-Encoding"]
    // It came with HTTP/1.1: an older proxy in between does not know it (RFC 9112 §6.1).
    if !codings.isEmpty, head.version != .http1_1 { return .unexpectedContentLength }
    // Both at once is how requests are smuggled (RFC 9112 §6.3).
    if !codings.isEmpty, head.headers.contains(name: "Content-Length") { return .unexpectedContentLength }
    if head.headers["Content-Length"].count > 1 { return .unexpectedContentLength }
    if head.uri.hasPrefix("/") { return nil }
    // An address for a proxy (RFC 9112 §3.2.2): only this server's own, by the name that `Host` says too.
    guard let authority = authority(of: head.uri), let host = hosts.first, authority == host.lowercased() else {
      return .invalidURL
    }
    return nil
  }

  /// The host of an absolute target, in lower case; nil for other targets.
  private static func authority(of target: String) -> String? {
    guard let (scheme, rest) = parts(of: target), ["http", "https"].contains(scheme.lowercased()) else { return nil }
    return rest.prefix { !"/?#".contains($0) }.lowercased()
  }

  /// The path and the query of a target, which begin with a slash.
  private static func path(of target: String) -> String {
    guard !target.hasPrefix("/"), let (_, rest) = parts(of: target) else { return target }
    let path = rest.drop { !"/?#".contains($0) }
    return path.hasPrefix("/") ? String(path) : "/" + path
  }

  private static func parts(of target: String) -> (scheme: Substring, rest: Substring)? {
    guard let colon = target.firstIndex(of: ":"), target[colon...].hasPrefix("://") else { return nil }
    return (target[..<colon], target[colon...].dropFirst(3))
  }
}

@available(*, unavailable)
extension RequestFormHandler: Sendable {}
