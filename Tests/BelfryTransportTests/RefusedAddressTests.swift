// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Foundation
import Testing

@testable import BelfryTransport

@Suite("Exchanges with an address policy")
struct RefusedAddressTests {
  @Test(
    "connect to no private address, by address, name or another notation",
    arguments: ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"]
  )
  func refused(host: String) async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "") }
    let transport = SystemTransport()
    let failure = await failure(host, server, AddressPolicy(), on: transport)
    #expect(failure?.kind == .addressRefused, "\(String(describing: failure))")
    #expect(server.accepted == 0)
    await transport.shutdown()
  }

  @Test("connect to listed addresses", arguments: [("127.0.0.1", "127.0.0.0/8"), ("localhost", "localhost")])
  func named(host: String, exception: String) async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "") }
    let transport = SystemTransport()
    let policy = AddressPolicy(allowing: [try #require(AddressPattern(exception))])
    #expect(await failure(host, server, policy, on: transport) == nil)
    #expect(server.accepted == 1)
    await transport.shutdown()
  }

  @Test("use no connection made without the policy, or with another")
  func kept() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "") }
    let transport = SystemTransport()
    let named = AddressPolicy(allowing: [try #require(AddressPattern("127.0.0.1"))])
    #expect(await failure("127.0.0.1", server, nil, on: transport) == nil)
    #expect(await failure("127.0.0.1", server, AddressPolicy(), on: transport)?.kind == .addressRefused)
    #expect(await failure("127.0.0.1", server, named, on: transport) == nil)
    #expect(await failure("127.0.0.1", server, named, on: transport) == nil)
    #expect(await failure("127.0.0.1", server, AddressPolicy(), on: transport)?.kind == .addressRefused)
    #expect(server.requests.map(\.connection) == [1, 2, 2])
    await transport.shutdown()
  }

  @Test("send the sealed URL and body, and show the others")
  func sealed() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "") }
    let transport = SystemTransport()
    let exchange = HTTPExchange(
      url: "\(server.url)/\(Secret.mask)",
      body: Array("shown".utf8),
      sealed: HTTPExchange.Sealed(url: Secret("\(server.url)/s3cret?a=b"), body: Secret("whole é"))
    )
    _ = await transport.send(.http(exchange).patient)
    #expect(server.requests.first?.target == "/s3cret?a=b")
    #expect(server.requests.first?.body == Array("whole é".utf8))
    await transport.shutdown()
  }

  private func failure(
    _ host: String,
    _ server: LoopbackHTTPServer,
    _ policy: AddressPolicy?,
    on transport: SystemTransport
  ) async -> TransportFailure? {
    let exchange = HTTPExchange(url: "http://\(host):\(server.port)/", body: [1], addresses: policy)
    guard case .failed(let failure) = await transport.send(.http(exchange).patient) else { return nil }
    return failure
  }
}
