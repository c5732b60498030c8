// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

@Suite("Test connections")
struct ConnectorTests {
  @Test("succeed if something listens, and fail otherwise")
  func tcp() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let target = ConnectTarget(host: "127.0.0.1", port: server.port, isSecure: false, limit: .seconds(600))
    #expect(await Connector().connect(to: target) == .connected(certificateEnd: nil))
    #expect(server.requests.isEmpty)
    let port = try RefusingPort()
    let nothing = ConnectTarget(host: "127.0.0.1", port: port.number, isSecure: false, limit: .seconds(600))
    guard case .failed(let failure) = await Connector().connect(to: nothing) else { throw Unexpected() }
    #expect(failure.kind == .notConnected && failure.message.contains("127.0.0.1 port \(port.number)"))
  }

  @Test(
    "report when the certificate ends, and reject untrusted ones",
    .enabled(if: TLSRelay.isPossible, "needs python3 and openssl")
  )
  func tls() async throws {
    let authority = try TestAuthority()
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let relay = try await TLSRelay(to: server.port, certificate: authority.certify("DNS:localhost", days: 2))
    var target = ConnectTarget(host: "localhost", port: relay.port, isSecure: true, limit: .seconds(600))
    target.certificateAuthority = authority.path
    guard case .connected(let end?) = await Connector().connect(to: target) else { throw Unexpected() }
    let left = end - SystemTime().now()
    #expect(left > .seconds(86_400 + 80_000) && left <= .seconds(2 * 86_400))
    target.certificateAuthority = nil
    guard case .failed(let failure) = await Connector().connect(to: target) else { throw Unexpected() }
    #expect(failure.kind == .tls)
    let expired = try await TLSRelay(to: server.port, certificate: authority.certify("DNS:localhost", days: -1))
    target.certificateAuthority = authority.path
    target.port = expired.port
    guard case .failed(let late) = await Connector().connect(to: target) else { throw Unexpected() }
    #expect(late.kind == .tls && late.message.contains("expired"))
    #expect(server.requests.isEmpty)
    server.stop()
  }

  @Test(
    "read certificates' end dates in libcurl's formats",
    arguments: [
      ("Expire date:Nov 24 18:04:05 2026 GMT", "2026-11-24T18:04:05Z"),
      ("Expire date:Jan  1 00:00:00 2027 GMT", "2027-01-01T00:00:00Z"),
      ("Expire date:2026-11-24 18:04:05 GMT", "2026-11-24T18:04:05Z"), ("Start date:Jan  1 00:00:00 2027 GMT", nil),
      ("Expire date:Foo  1 00:00:00 2027 GMT", nil), ("Expire date:", nil), ("", nil),
    ] as [(String, String?)]
  )
  func dates(line: String, expected: String?) {
    #expect(CertificateDate.end(in: line) == expected.flatMap { Instant(iso8601: $0) })
  }
}
