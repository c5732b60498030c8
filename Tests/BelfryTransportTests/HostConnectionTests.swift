// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("The host of a request")
struct HostConnectionTests {
  private static func request(_ url: String) -> Outgoing { .http(HTTPExchange(url: url, body: Array("secret".utf8))) }

  private static func mail(port: Int) -> Outgoing {
    .mail(
      MailSubmission(
        server: MailServer(host: "127.0.0.1", port: port, security: .none),
        sender: "belfry@example.com",
        recipients: ["a@example.com"],
        message: [],
        messageID: "<1@example.com>"
      )
    )
  }

  @Test("can be reached if it accepts connections, and gets no request")
  func open() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(503, "busy") }
    let transport = SystemTransport(hasProxy: false)
    for scheme in ["http", "https"] {
      #expect(await transport.connect(for: Self.request("\(scheme)://127.0.0.1:\(server.port)/x")) == nil)
    }
    #expect(await transport.connect(for: Self.mail(port: server.port)) == nil)
    #expect(server.requests.isEmpty)
    server.stop()
    await transport.shutdown()
  }

  @Test("cannot be reached if it refuses connections")
  func closed() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let port = server.port
    server.stop()
    let transport = SystemTransport(hasProxy: false)
    for outgoing in [Self.request("https://127.0.0.1:\(port)/x"), Self.mail(port: port)] {
      let failure = await transport.connect(for: outgoing)
      #expect(failure?.kind == .notConnected)
      #expect(failure?.message.contains("127.0.0.1 port \(port)") == true)
    }
    await transport.shutdown()
  }

  @Test("is not tried where the request itself shows more")
  func unknown() async {
    let transport = SystemTransport()
    let file = FileAppend(file: ConfinedPath(root: "/nowhere", relative: "a"), bytes: [])
    #expect(await transport.connect(for: .append(file)) == nil)
    #expect(await transport.connect(for: Self.request("no address")) == nil)
    let refused = HTTPExchange(url: "http://127.0.0.1:1/", addresses: AddressPolicy(otherwise: .publicInternet))
    #expect(await transport.connect(for: .http(refused)) == nil)
    await transport.shutdown()
    // A proxy accepts connections whatever the host does.
    let proxied = SystemTransport(hasProxy: true)
    #expect(await proxied.connect(for: Self.request("http://127.0.0.1:1/")) == nil)
    await proxied.shutdown()
  }
}
