// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryTransport
import Testing

@Suite("TLS", .enabled(if: TLSRelay.isPossible, "needs python3 and openssl"))
struct TLSTests {
  @Test("trusts a server by the configured authority, and keeps its connection")
  func trusted() async throws {
    let authority = try TestAuthority()
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let relay = try await TLSRelay(to: server.port, certificate: authority.certify("DNS:localhost,IP:127.0.0.1"))
    let transport = SystemTransport()
    for host in ["localhost", "127.0.0.1", "localhost"] {
      let exchange = HTTPExchange(url: "https://\(host):\(relay.port)/", certificateAuthority: authority.path)
      #expect(await transport.send(.http(exchange).patient).failureKind == nil)
    }
    #expect(server.requests.count == 3)
    #expect(server.accepted == 2)
    await transport.shutdown()
  }

  @Test("sends nothing to a server whose certificate does not match or is untrusted", arguments: Doubt.allCases)
  func refused(_ doubt: Doubt) async throws {
    let authority = try TestAuthority()
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let relay = try await TLSRelay(to: server.port, certificate: authority.certify(doubt.names, days: doubt.days))
    let transport = SystemTransport()
    let trusted = try doubt.trusts(authority)
    let exchange = HTTPExchange(url: "https://localhost:\(relay.port)/?token=s3cret", certificateAuthority: trusted)
    let failure = try await failure(of: .http(exchange).patient, on: transport)
    #expect(failure.kind == .tls)
    #expect(failure.message.contains("localhost port \(relay.port)"))
    #expect(!failure.message.contains("s3cret"))
    #expect(server.requests.isEmpty)
    await transport.shutdown()
  }

  enum Doubt: CaseIterable {
    case unknownAuthority, anotherAuthority, wrongName, expired, missingAuthorityFile, emptyAuthorityFile

    var names: String { self == .wrongName ? "DNS:example.org" : "DNS:localhost" }
    var days: Int { self == .expired ? -1 : 2 }

    func trusts(_ authority: TestAuthority) throws -> String? {
      switch self {
      case .unknownAuthority: nil
      // In the folder of the first: the file must outlive this call.
      case .anotherAuthority: try authority.makeStranger()
      case .wrongName, .expired: authority.path
      case .missingAuthorityFile: authority.path + ".missing"
      case .emptyAuthorityFile: "/dev/null"
      }
    }
  }

  @Test("presents a client certificate where it is configured, and nowhere else")
  func clientCertificate() async throws {
    let authority = try TestAuthority()
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let certificate = try authority.certify("DNS:localhost")
    let relay = try await TLSRelay(to: server.port, certificate: certificate, clients: authority)
    let transport = SystemTransport()
    var exchange = HTTPExchange(url: "https://localhost:\(relay.port)/", certificateAuthority: authority.path)
    let own = try authority.certify("DNS:belfry")
    let stranger = try TestAuthority().certify("DNS:belfry")
    exchange.clientCertificate = ClientCertificate(certificate: own.path, key: own.keyPath)
    #expect(await transport.send(.http(exchange).patient).failureKind == nil)
    #expect(server.requests.count == 1)
    // A kept connection was made with the certificate: it is not used without, or with another one.
    exchange.clientCertificate = nil
    #expect(await transport.send(.http(exchange).patient).failureKind != nil)
    exchange.clientCertificate = ClientCertificate(certificate: stranger.path, key: stranger.keyPath)
    #expect(await transport.send(.http(exchange).patient).failureKind != nil)
    let other = try authority.certify("DNS:belfry")
    exchange.clientCertificate = ClientCertificate(certificate: other.path, key: own.keyPath)
    #expect(await transport.send(.http(exchange).patient).failureKind == .tls)
    exchange.clientCertificate = ClientCertificate(certificate: own.path + ".missing", key: own.keyPath)
    #expect(await transport.send(.http(exchange).patient).failureKind == .tls)
    #expect(server.requests.count == 1)
    await transport.shutdown()
  }

  @Test("finds another name in the certificate if one is configured, and names the URL's host in the request")
  func serverName() async throws {
    let authority = try TestAuthority()
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let relay = try await TLSRelay(to: server.port, certificate: authority.certify("DNS:hooks.example.com"))
    let transport = SystemTransport()
    var exchange = HTTPExchange(url: "https://127.0.0.1:\(relay.port)/a?b=c", certificateAuthority: authority.path)
    #expect(await transport.send(.http(exchange).patient).failureKind == .tls)
    exchange.serverName = "hooks.example.com"
    #expect(await transport.send(.http(exchange).patient).failureKind == nil)
    exchange.serverName = "other.example.com"
    #expect(await transport.send(.http(exchange).patient).failureKind == .tls)
    #expect(server.requests.map(\.target) == ["/a?b=c"])
    #expect(server.requests.first?["host"] == "127.0.0.1:\(relay.port)")
    await transport.shutdown()
  }

  @Test("does not reuse a connection for an exchange with another authority")
  func authoritiesAreKeptApart() async throws {
    let authority = try TestAuthority()
    let other = try TestAuthority()
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let relay = try await TLSRelay(to: server.port, certificate: authority.certify("DNS:localhost"))
    let transport = SystemTransport()
    let url = "https://localhost:\(relay.port)/"
    let good = HTTPExchange(url: url, certificateAuthority: authority.path)
    let bad = HTTPExchange(url: url, certificateAuthority: other.path)
    #expect(await transport.send(.http(good).patient).failureKind == nil)
    #expect(await transport.send(.http(bad).patient).failureKind == .tls)
    await transport.shutdown()
  }

  @Test(
    "carries mail, at once or after STARTTLS, with the login inside",
    arguments: [MailServer.Security.implicit, .startTLS]
  )
  func mail(_ security: MailServer.Security) async throws {
    let authority = try TestAuthority()
    let server = try loginServer()
    let relay = try await relay(to: server, authority.certify("DNS:localhost"), security)
    let transport = SystemTransport(longestIdle: .seconds(86_400))
    let submission = submission(to: relay, security, authority: authority.path)
    for _ in 1...2 { #expect(await transport.send(.mail(submission).patient).mailCode == 250) }
    #expect(server.mails.map(\.user) == ["belfry", "belfry"])
    #expect(server.accepted == 1)
    await transport.shutdown()
  }

  @Test(
    "sends no password to an untrusted mail server",
    arguments: [MailServer.Security.implicit, .startTLS],
    ["DNS:localhost", "DNS:example.org"]
  )
  func mailRefused(_ security: MailServer.Security, _ names: String) async throws {
    let authority = try TestAuthority()
    let server = try loginServer()
    let relay = try await relay(to: server, authority.certify(names), security)
    let transport = SystemTransport()
    // Once without the authority, once with a certificate for another name.
    let trusted = names == "DNS:localhost" ? nil : authority.path
    let failure = try await failure(
      of: .mail(submission(to: relay, security, authority: trusted)).patient,
      on: transport
    )
    #expect(failure.kind == .tls)
    #expect(!failure.message.contains("s3cret"))
    #expect(server.commands.filter { !$0.hasPrefix("EHLO") }.isEmpty)
    await transport.shutdown()
  }

  private func loginServer() throws -> LoopbackSMTPServer {
    var script = LoopbackSMTPServer.Script()
    script.users = ["belfry": "s3cret"]
    return try LoopbackSMTPServer(script)
  }

  private func relay(
    to server: LoopbackSMTPServer,
    _ certificate: TestAuthority.Certificate,
    _ security: MailServer.Security
  ) async throws -> TLSRelay {
    try await TLSRelay(to: server.port, certificate: certificate, mode: security == .startTLS ? .startTLS : .implicit)
  }

  private func submission(
    to relay: TLSRelay,
    _ security: MailServer.Security,
    authority: String?
  ) -> MailSubmission {
    MailSubmission(
      server: MailServer(
        host: "localhost",
        port: relay.port,
        security: security,
        credentials: MailServer.Credentials(username: "belfry", password: Secret("s3cret")),
        certificateAuthority: authority
      ),
      sender: "a@example.com",
      recipients: ["b@example.com"],
      message: Array("Subject: x\r\n\r\ny\r\n".utf8)
    )
  }
}
