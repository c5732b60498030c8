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
    let form = RequestForm(head)
    if let fault = form.fault {
      isOver = true
      return context.fireErrorCaught(fault.parserError)
    }
    // Only HTTP/1.1 knows it (RFC 9110 §10.1.1).
    if head.version != .http1_1 { head.headers.remove(name: "Expect") }
    head.uri = form.path
    // There is nothing to upgrade to, and the parser reads nothing after such a request: it is the connection's last.
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
  /// The error of the parser that says the nearest.
  fileprivate var parserError: HTTPParserError {
    switch self {
    case .severalHosts: .invalidHeaderToken
    case .codingBeforeHTTP11, .codingAndLength, .severalLengths: .unexpectedContentLength
    case .foreignTarget: .invalidURL
    }
  }
}
