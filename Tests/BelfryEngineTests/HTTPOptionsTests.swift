// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("The HTTP options of what connects to an address", .endsIfItHangs)
struct HTTPOptionsTests {
  private static let kinds = ConnectingKind.allCases.filter { $0 != .probeTCP && $0 != .probeTLS }

  @Test(
    "log in with a password or a token",
    arguments: kinds,
    [
      (#", "auth": {"kind": "bearer", "token": "${TOKEN}"}"#, "Bearer xoxb-test"),
      (#", "auth": {"kind": "basic", "username": "ann", "password": "${TOKEN}"}"#, "Basic YW5uOnhveGItdGVzdA=="),
    ]
  )
  func login(kind: ConnectingKind, _ login: (auth: String, field: String)) async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "[]") }
    let configuration = try Configuration.parse(kind.file(server.port, login.auth))
    let transport = SystemTransport()
    let said = try await configuration.connected(through: PatientTransport(transport))
    #expect(server.requests.map { $0["authorization"] } == [login.field])
    #expect(!said.contains("xoxb-test"))
    await transport.shutdown()
    server.stop()
  }

  @Test("log in with an access token that is requested first", arguments: kinds)
  func accessToken(kind: ConnectingKind) async throws {
    let endpoint = try LoopbackHTTPServer { _ in .reply(200, #"{"access_token": "acc3ss"}"#) }
    let server = try LoopbackHTTPServer { _ in .reply(200, "[]") }
    let auth = """
      , "auth": {"kind": "client_credentials", "token_url": "\(endpoint.url)/token", "client_id": "belfry",
                 "client_secret": "${TOKEN}"}
      """
    let configuration = try Configuration.parse(kind.file(server.port, auth))
    let transport = SystemTransport(tokenLimits: .patient)
    _ = try await configuration.connected(through: PatientTransport(transport))
    #expect(server.requests.map { $0["authorization"] } == ["Bearer acc3ss"])
    #expect(endpoint.requests.count == 1)
    await transport.shutdown()
  }

  @Test("connect through the proxy that they name, and to this machine without one", arguments: kinds)
  func proxy(kind: ConnectingKind) async throws {
    let proxy = try LoopbackHTTPServer { _ in .reply(200, "[]") }
    let server = try LoopbackHTTPServer { _ in .reply(200, "[]") }
    let transport = SystemTransport()
    let proxied = try Configuration.parse(kind.file(server.port, #", "proxy": "\#(proxy.url)""#))
    _ = try await proxied.connected(through: PatientTransport(transport))
    #expect(proxy.requests.count == 1)
    #expect(proxy.requests.first?.target.hasPrefix("http://127.0.0.1:\(server.port)/") == true)
    #expect(server.requests.isEmpty)
    let direct = try Configuration.parse(kind.file(server.port, #", "proxy": "none""#))
    _ = try await direct.connected(through: PatientTransport(transport))
    #expect(server.requests.count == 1)
    await transport.shutdown()
  }

  @Test(
    "are errors where they contradict each other, are empty, or would be read on the way",
    arguments: kinds,
    [
      (#", "auth": {"kind": "bearer", "token": "${UNSET:-}"}"#, "auth.token: it is empty."),
      (#", "auth": {"kind": "bearer"}"#, "`token` is missing"),
      (#", "proxy": "http://10.0.0.1", "deny_addresses": "10.0.0.0/8""#, "lists of addresses would not apply"),
      (#", "proxy": "10.0.0.1:3128""#, "not an absolute http or https URL"),
    ]
  )
  func errors(kind: ConnectingKind, _ options: (text: String, finding: String)) {
    do {
      _ = try Configuration.parse(kind.file(9_090, options.text))
      Issue.record("nothing was found")
    } catch {
      #expect("\(error)".contains(options.finding), "\(error)")
    }
  }

  @Test("send no login unencrypted to another machine, and need https for TLS", arguments: kinds)
  func clear(kind: ConnectingKind) {
    let login = #expect(throws: Unreadable.self) {
      try Configuration.parse(kind.file(80, host: "example.com", #", "auth": {"kind": "bearer", "token": "${TOKEN}"}"#))
    }
    #expect(login?.description.contains("the login would be sent unencrypted") == true)
    guard kind != .probeHTTP else { return }
    let tls = #expect(throws: Unreadable.self) {
      try Configuration.parse(kind.file(80, #", "tls": {"server_name": "example.com"}"#))
    }
    #expect(tls?.description.contains("is not an https URL: there is no TLS.") == true)
  }

  @Test(
    "cannot be combined with another login",
    arguments: [
      (ConnectingKind.http, #", "token": "${TOKEN}""#, "`auth` and `token` or `password` cannot be combined"),
      (
        .prometheus, #", "username": "a", "password": "${TOKEN}""#,
        "`auth` and `token` or `password` cannot be combined"
      ),
      (.http, #", "headers": {"Authorization": "${TOKEN}"}"#, "`auth` and the header field Authorization cannot"),
      (.tracing, #", "headers": {"authorization": "${TOKEN}"}"#, "`auth` and the header field Authorization cannot"),
      (.investigator, #", "token": "${TOKEN}""#, "`auth` and `token` cannot be combined"),
    ]
  )
  func combined(kind: ConnectingKind, more: String, finding: String) {
    let text = more + #", "auth": {"kind": "bearer", "token": "${TOKEN}"}"#
    let error = #expect(throws: Unreadable.self) { try Configuration.parse(kind.file(9_090, text)) }
    #expect(error?.description.contains(finding) == true)
  }

  @Test("apply only to a probe of http", arguments: [ConnectingKind.probeTCP, .probeTLS])
  func probe(kind: ConnectingKind) {
    for option in [#", "proxy": "none""#, #", "auth": {"kind": "bearer", "token": "${TOKEN}"}"#] {
      let error = #expect(throws: Unreadable.self) { try Configuration.parse(kind.file(9_090, option)) }
      #expect(error?.description.contains("this key applies only to `http`") == true)
    }
  }
}
