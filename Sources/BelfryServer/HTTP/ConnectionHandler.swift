// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Tracks one connection, and closes it after its last answer.
///
/// A request that is too large is refused before all of it has arrived. Reading the rest would accept what was just
/// refused, and closing at once would make the kernel discard the answer before it is read. So the outgoing side is
/// closed, and incoming data is dropped for a short time (RFC 9112 §9.6). The same applies to every answer given before
/// its whole request has arrived, whatever its status.
///
/// If an answer does not start in time, this handler gives one itself: whatever blocks the work, it cannot keep a
/// caller waiting.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let connections: Connections
  private var connection: Connection?
  private var phase = Connection.Phase.opened
  private var isReceiving = false
  /// The number of requests that started to arrive and have no complete answer yet.
  private var unanswered = 0
  /// Whether the current answer announces that it is the last one.
  private var isLast = false
  private var isOver = false
  private var dropped = 0
  /// Whether an answer has started and not ended.
  private var isAnswering = false
  /// When the awaited answer must start; nil if none is awaited.
  private var deadline: NIODeadline?
  /// The only scheduled wake-up; nil if there is none.
  private var wakeUpCall: Scheduled<Void>?

  /// The most data dropped after the last answer.
  private static let droppedLimit = 16 << 20

  init(_ connections: Connections) { self.connections = connections }

  func channelActive(context: ChannelHandlerContext) {
    connection = connections.open(context.channel)
    guard connection != nil else { return context.close(promise: nil) }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    wakeUpCall?.cancel()
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
      watch(context)
    }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is HTTPParserError { connections.report(.malformedRequest, "\(error)") }
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isOver { return promise?.fail(ChannelError.ioOnClosedChannel) ?? () }
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.status.kind == .informational: context.writeAndFlush(data, promise: promise)
    case .head(var head):
      isAnswering = true
      // The rest of this request is not read.
      if isReceiving, unanswered == 1 { head.headerFields[.connection] = "close" }
      isLast = head.headerFields[.connection] == "close"
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      isAnswering = false
      unanswered -= 1
      if isLast { return finish(data, promise, context) }
      enterPhase()
      watch(context)
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
    // Data that arrives in the meantime does not shorten the wait.
    if isBlocked, wasBlocked, !isOver { return }
    if !isBlocked, !isOver, unanswered == 0, phase == .opened { return }
    phase = isOver ? .over : isBlocked ? .blocked : isReceiving ? .receiving : unanswered > 0 ? .answering : .idle
    connection?.enter(phase)
  }

  private func finish(_ data: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
    isOver = true
    enterPhase()
    let written = promise ?? context.eventLoop.makePromise(of: Void.self)
    // If the whole request has arrived, nothing more is read.
    let mode: CloseMode = isReceiving ? .output : .all
    let channel = context.channel
    written.futureResult.whenComplete { _ in channel.close(mode: mode, promise: nil) }
    context.writeAndFlush(data, promise: written)
  }

  // MARK: - The deadline of an answer

  /// Starts to wait for the answer to the request that has arrived, or to the next one.
  private func watch(_ context: ChannelHandlerContext) {
    let isWaiting = unanswered > 1 || (unanswered == 1 && !isReceiving)
    deadline = isWaiting ? .now() + TimeAmount(connections.answerLimit) : nil
    guard let deadline, wakeUpCall == nil else { return }
    wake(at: deadline, context)
  }

  /// Schedules a wake-up; one per connection is enough, because it checks what is awaited when it fires.
  private func wake(at moment: NIODeadline, _ context: ChannelHandlerContext) {
    wakeUpCall = context.eventLoop.assumeIsolated().scheduleTask(deadline: moment) { [weak self] in
      self?.wakeUp(context)
    }
  }

  private func wakeUp(_ context: ChannelHandlerContext) {
    wakeUpCall = nil
    guard context.channel.isActive, !isOver, !isAnswering, let deadline else { return }
    guard deadline <= .now() else { return wake(at: deadline, context) }
    connections.report(.unansweredRequest, "the answer took longer than \(connections.answerLimit.text)")
    let text = ByteBuffer(string: #"{"error":"The request took too long; see the log of Belfry."}"#)
    let fields: HTTPFields = [
      .connection: "close", .retryAfter: "5", .contentType: "application/json",
      .contentLength: String(text.readableBytes),
    ]
    let head = HTTPResponse(status: .serviceUnavailable, headerFields: fields)
    isLast = true
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(text)), promise: nil)
    finish(wrapOutboundOut(.end(nil)), nil, context)
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
