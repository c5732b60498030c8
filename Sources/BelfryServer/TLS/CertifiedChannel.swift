// SPDX-License-Identifier: Apache-2.0
#if TLS
internal import BelfryEngine
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOSSL

/// Connections with TLS: each uses the certificate that is in force when it starts, and keeps it.
struct CertifiedChannel: ServerChildChannel {
  typealias Value = RequestChannel.Value

  let base: RequestChannel
  let certificate: CurrentValue<ServerCertificate>

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificate.current.context))
    }.flatMap { base.setup(channel: channel, logger: logger) }
  }

  func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
#endif
