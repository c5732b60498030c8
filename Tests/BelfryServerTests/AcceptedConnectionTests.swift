// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryTestKit
import BelfryTesting
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import BelfryServer

@Suite("Accepted connections that are never handled", .endsIfItHangs)
struct AcceptedConnectionTests {
  private func accept(on channel: EmbeddedChannel) throws -> AcceptedConnection {
    let time = VirtualTime()
    let connections = Connections(
      limit: 10,
      patience: .seconds(30),
      lines: CallerLines(Console(time: time) { _ in }),
      answerLimit: .seconds(60)
    ) { time.now() }
    let requests = RequestChannel(responder: { _, _, _ in }, connections: connections, idleLimit: .seconds(75))
    return try requests.setup(channel: channel, logger: Logger(label: "test")).wait()
  }

  // If nothing kept the stream, NIO would crash the process here.
  @Test("are closed and end nothing else", arguments: [true, false])
  func dropped(isConnected: Bool) throws {
    let channel = EmbeddedChannel()
    var accepted: AcceptedConnection? = try accept(on: channel)
    if isConnected { try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait() }
    #expect(channel.isActive == isConnected && accepted != nil)
    accepted = nil
    channel.embeddedEventLoop.run()
    #expect(!channel.isActive)
    try channel.closeFuture.wait()
  }

  @Test("do not prevent a server from stopping while more of them arrive")
  func stopped() async throws {
    for _ in 0..<20 {
      try await TestServer.run { server in
        let clients = try (0..<30).map { _ in try HeldConnection(port: server.port) }
        #expect(clients.count == 30)
      }
    }
  }
}
