// SPDX-License-Identifier: Apache-2.0
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// The handlers of a connection's pipeline, in order, which turn bytes into requests.
struct RequestChannel: HTTPChannelHandler {
  typealias Value = AcceptedConnection

  let responder: Responder
  let connections: Connections
  /// How long a connection may be idle before it is closed.
  let idleLimit: Duration

  /// The size limit for the headers of a request.
  private static let headerBytes = 16 << 10
  private static let headerCount = 100

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      var limits = NIOHTTPDecoderLimitConfiguration()
      limits.maxHeaderFieldSize = RequestChannel.headerBytes
      limits.maxHeaderListSize = RequestChannel.headerBytes
      limits.maxHeaderFieldCount = RequestChannel.headerCount
      let pipeline = channel.pipeline.syncOperations
      // `NIOAsyncChannel` handles one request after the other, and Hummingbird answers input that is not HTTP.
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: false,
        withErrorHandling: false,
        withOutboundHeaderValidation: false,
        withEncoderConfiguration: .init(),
        withDecoderLimitConfiguration: limits
      )
      try pipeline.addHandler(RequestFormHandler())
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      try pipeline.addHandler(ConnectionHandler(connections))
      try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: idleLimit, logger: logger))
      return AcceptedConnection(
        try AcceptedConnection.Stream(
          wrappingChannelSynchronously: channel,
          configuration: .init(isOutboundHalfClosureEnabled: true)
        )
      )
    }
  }

  /// Runs the connection's task on its event loop: a request is read and answered without waking another thread.
  func handle(value: Value, logger: Logger) async {
    await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
      await handleHTTP(asyncChannel: value.handled(), logger: logger)
    }
  }
}
