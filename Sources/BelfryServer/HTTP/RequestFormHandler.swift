// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTP1

/// Refuses requests that two servers could interpret differently, before anything else handles them.
///
/// They are answered like input that is not HTTP: 400, and the connection closes. The parser accepts them, and later
/// parts of the pipeline no longer know the version or the first `Host`.
final class RequestFormHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  private var isOver = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isOver { return }
    guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    let form = RequestForm(head)
    if let fault = form.fault {
      isOver = true
      return context.fireErrorCaught(fault.parserError)
    }
    // Only HTTP/1.1 knows it (RFC 9110 §10.1.1).
    if head.version != .http1_1 { head.headers.remove(name: "Expect") }
    head.uri = form.path
    // There is nothing to upgrade to, and the parser reads nothing after such a request: it is the connection's last
    // one.
    if head.headers.contains(name: "Upgrade") { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }
}

@available(*, unavailable)
extension RequestFormHandler: Sendable {}

extension RequestForm {
  fileprivate init(_ head: HTTPRequestHead) {
    self.init(
      isHTTP11: head.version == .http1_1,
      target: head.uri,
      hosts: head.headers["Host"],
      codings: head.headers["Transfer-Encoding"],
      lengths: head.headers["Content-Length"]
    )
  }
}

extension RequestForm.Fault {
  /// The closest matching error of the parser.
  fileprivate var parserError: HTTPParserError {
    switch self {
    case .severalHosts: .invalidHeaderToken
    case .codingBeforeHTTP11, .codingAndLength, .severalLengths: .unexpectedContentLength
    case .foreignTarget: .invalidURL
    }
  }
}
