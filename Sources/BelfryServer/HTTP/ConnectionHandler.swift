// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Keeps account of one connection, and ends it after an answer that says it is the last.
///
/// A request is refused before all of it has come when it is too large. To read the rest would be to take in what was just
/// refused, and to close at once would make the kernel throw away the answer before it is read; so the way out is closed, and
/// for a little while what comes in is dropped (RFC 9112 §9.6).
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let connections: Connections
  private var connection: Connection?
  private var phase = Connection.Phase.opened
  private var isReceiving = false
  /// How many requests have begun to come whose answers are not written.
  private var unanswered = 0
  /// Whether the answer under way says that it is the last.
  private var isLast = false
  private var isOver = false
  private var dropped = 0

  /// How much is dropped at most of what comes after the last answer.
  private static let droppedLimit = 16 << 20

  init(_ connections: Connections) { self.connections = connections }

  func channelActive(context: ChannelHandlerContext) {
    connection = connections.open(context.channel)
    guard connection != nil else { return context.close(promise: nil) }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let connection { connections.left(connection) }
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if isOver { return drop(part, context) }
    switch part {
    case .head:
      isReceiving = true
      unanswered += 1
      enterPhase()
    case .body: break
    case .end:
      isReceiving = false
      enterPhase()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head):
      isLast = head.headerFields[.connection] == "close"
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      unanswered -= 1
      if isLast { return finish(data, promise, context) }
      enterPhase()
      context.write(data, promise: promise)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    enterPhase(isBlocked: !context.channel.isWritable)
    context.fireChannelWritabilityChanged()
  }

  private func enterPhase(isBlocked: Bool? = nil) {
    let wasBlocked = phase == .blocked
    let isBlocked = isBlocked ?? wasBlocked
    // What comes meanwhile does not make the wait a shorter one.
    if isBlocked, wasBlocked, !isOver { return }
    if !isBlocked, !isOver, unanswered == 0, phase == .opened { return }
    phase = isOver ? .over : isBlocked ? .blocked : isReceiving ? .receiving : unanswered > 0 ? .answering : .idle
    connection?.enter(phase)
  }

  private func finish(_ data: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
    isOver = true
    enterPhase()
    let written = promise ?? context.eventLoop.makePromise(of: Void.self)
    // Whoever has sent all is read no further.
    let mode: CloseMode = isReceiving ? .output : .all
    let channel = context.channel
    written.futureResult.whenComplete { _ in channel.close(mode: mode, promise: nil) }
    context.writeAndFlush(data, promise: written)
  }

  private func drop(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
    switch part {
    case .head: break
    case .body(let bytes): dropped += bytes.readableBytes
    case .end: context.close(promise: nil)
    }
    if dropped > ConnectionHandler.droppedLimit { context.close(promise: nil) }
  }
}

@available(*, unavailable)
extension ConnectionHandler: Sendable {}
