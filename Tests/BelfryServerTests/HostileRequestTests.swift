// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

/// Smuggled and slow requests: each has its answer, and afterwards a push on another connection is accepted.
@Suite("Hostile requests", .endsIfItHangs)
struct HostileRequestTests {
  /// The request, and the statuses of all answers; empty if the connection ends without an answer.
  struct Form: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let statuses: [Int]
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ statuses: Int...) {
      self.name = name
      self.text = text
      self.statuses = statuses
    }
  }

  private static let body = #"[{"id": "smuggled", "title": "T"}]"#
  private static let host = "Host: localhost\r\n"
  private static let chunked = "Transfer-Encoding: chunked\r\n"
  private static let get = "GET /-/healthy HTTP/1.1\r\n\(host)\r\n"

  private static func post(_ headers: String, _ body: String, version: String = "1.1") -> String {
    "POST /v1/alerts HTTP/\(version)\r\n\(host)\(headers)\r\n\(body)"
  }

  private static let lengths: [Form] = [
    Form("two lengths that differ", post("Content-Length: 1\r\nContent-Length: 3\r\n", "[ ]"), 400),
    Form("two lengths that agree", post("Content-Length: 3\r\nContent-Length: 3\r\n", "[ ]"), 400),
    Form("two lengths in a field", post("Content-Length: 3, 3\r\n", "[ ]"), 400),
    Form("a length and chunks", post("Content-Length: 3\r\n\(chunked)", "0\r\n\r\n\(get)"), 400),
    Form("chunks and a length", post("\(chunked)Content-Length: 3\r\n", "0\r\n\r\n\(get)"), 400),
    Form("a length with a sign", post("Content-Length: +3\r\n", "[ ]"), 400),
    Form("a negative length", post("Content-Length: -3\r\n", "[ ]"), 400),
    Form("a length in hexadecimal", post("Content-Length: 0x3\r\n", "[ ]"), 400),
    Form("a length beyond 64 bits", post("Content-Length: 99999999999999999999999\r\n", "[ ]"), 400),
    Form("a length that is larger than the limit", post("Content-Length: 9000000000\r\n", "[ ]"), 413),
    Form("an empty length", post("Content-Length: \r\n", "[ ]"), 400),
  ]

  private static let codings: [Form] = [
    Form("an unknown coding", post("Transfer-Encoding: cow\r\n", "0\r\n\r\n"), 400),
    Form("chunked and something behind it", post("Transfer-Encoding: chunked, cow\r\n", "0\r\n\r\n"), 400),
    Form("chunked with a prefix", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400),
    Form("a space before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400),
    Form("a folded line", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400),
    Form("a control character in the name", post("Transfer\u{1}-Encoding: chunked\r\n", "0\r\n\r\n"), 400),
    Form("chunks in HTTP/1.0", post(chunked, "0\r\n\r\n", version: "1.0"), 400),
    Form("two codings", post("\(chunked)\(chunked)", "0\r\n\r\n"), 400),
  ]

  private static let chunks: [Form] = [
    Form("a size that is no number", post(chunked, "zz\r\n[ ]\r\n0\r\n\r\n"), 400),
    Form("a size with a sign", post(chunked, "+3\r\n[ ]\r\n0\r\n\r\n"), 400),
    Form("a size in 0x", post(chunked, "0x3\r\n[ ]\r\n0\r\n\r\n"), 400),
    Form("a size beyond 64 bits", post(chunked, "fffffffffffffffff\r\n[ ]\r\n0\r\n\r\n"), 400),
    Form("a chunk that is longer than it says", post(chunked, "2\r\n[ ]\r\n0\r\n\r\n"), 400),
    Form("a bare line feed after a size", post(chunked, "3\n[ ]\r\n0\r\n\r\n"), 400),
    Form("a chunk that does not end", post(chunked, "3\r\n[ ]"), 400),
    Form("well-formed chunks", post(chunked, "2\r\n[ \r\n1\r\n]\r\n0\r\n\r\n"), 200),
    Form("a chunk extension and a trailer", post(chunked, "3;a=b\r\n[ ]\r\n0\r\nX-Sum: 1\r\n\r\n"), 200),
  ]

  private static let targets: [Form] = [
    Form("two hosts", "GET /-/healthy HTTP/1.1\r\n\(host)Host: evil.example.com\r\n\r\n", 400),
    Form("the same host twice", "GET /-/healthy HTTP/1.1\r\n\(host)\(host)\r\n", 400),
    Form("no host", "GET /-/healthy HTTP/1.1\r\n\r\n", 400),
    Form("an empty host", "GET /-/healthy HTTP/1.1\r\nHost: \r\n\r\n", 400),
    Form("a host with a name before it", "GET /-/healthy HTTP/1.1\r\nHost: a@localhost\r\n\r\n", 400),
    Form("a foreign host", "GET /-/healthy HTTP/1.1\r\nHost: evil.example.com\r\n\r\n", 403),
    Form("a foreign address in full", "GET http://evil.example.com/-/healthy HTTP/1.1\r\n\(host)\r\n", 400),
    Form("a name in the address in full", "GET http://a@localhost/-/healthy HTTP/1.1\r\n\(host)\r\n", 400),
    Form("another scheme", "GET ftp://localhost/-/healthy HTTP/1.1\r\n\(host)\r\n", 400),
    Form("its own address in full", "GET http://LOCALHOST/-/healthy HTTP/1.1\r\n\(host)\r\n", 200),
    Form("a tunnel", "CONNECT localhost:22 HTTP/1.1\r\n\(host)\r\n", 400),
    Form("the server itself", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", 400),
    Form("a path without a slash", "GET -/healthy HTTP/1.1\r\n\(host)\r\n", 400),
    Form("a path that climbs", "GET /../../etc/passwd HTTP/1.1\r\n\(host)\r\n", 404),
    Form("a path with a zero byte", "GET /-/healthy%00 HTTP/1.1\r\n\(host)\r\n", 404),
  ]

  private static let lines: [Form] = [
    Form("HTTP/0.9", "GET /-/healthy\r\n\r\n", 400),
    Form("HTTP/1.0 with a host", "GET /-/healthy HTTP/1.0\r\n\(host)\r\n", 200),
    Form("HTTP/1.0 without a host", "GET /-/healthy HTTP/1.0\r\n\r\n", 400),
    Form("HTTP/2 in the first line", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    Form("HTTP/3.7", "GET /-/healthy HTTP/3.7\r\n\(host)\r\n", 400),
    Form("bare line feeds", "GET /-/healthy HTTP/1.1\nHost: localhost\n\n", 400),
    Form("a bare carriage return", "GET /-/healthy HTTP/1.1\r\(host)\r\n", 400),
    Form("a header without a colon", "GET /-/healthy HTTP/1.1\r\n\(host)X\r\n\r\n", 400),
    Form(
      "a header that is too long",
      "GET /-/healthy HTTP/1.1\r\n\(host)X: \(String(repeating: "x", count: 17_000))\r\n\r\n",
      400
    ),
    Form(
      "too many headers",
      "GET /-/healthy HTTP/1.1\r\n\(host)\(String(repeating: "X: 1\r\n", count: 101))\r\n",
      400
    ),
    Form("a path that is too long", "GET /\(String(repeating: "x", count: 17_000)) HTTP/1.1\r\n\(host)\r\n", 400),
    Form("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}", 400),
    Form(
      "an upgrade, and what comes after it",
      "GET /-/healthy HTTP/1.1\r\n\(host)Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
      200
    ),
    Form("two requests at once", get + get, 200, 200),
    Form("a request and garbage after it", get + "garbage\r\n\r\n", 200, 400),
    Form("fifty requests at once, then the way there is closed", String(repeating: get, count: 50)),
  ]

  @Test(
    "get their answers, and lock nobody out",
    arguments: lengths + codings + chunks + targets + lines
  )
  func forms(form: Form) async throws {
    try await TestServer.run { server async throws in
      let statuses = try await RawClient(port: server.port).statuses(form.text)
      #expect(statuses == (form.statuses.isEmpty ? Array(repeating: 200, count: 50) : form.statuses))
      let push = try await server.send("POST", "/v1/alerts", #"[{"id": "pushed", "title": "T"}]"#)
      #expect(push.status == 200)
      #expect(try await server.active().map(\.alert.id) == ["pushed"], "nothing was smuggled in")
    }
  }

  @Test(
    "hidden in the body of another request are not carried out",
    arguments: [
      "Content-Length: 4\r\n\(chunked)", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
      "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding : chunked\r\nContent-Length: 4\r\n", "Content-Length: 4\r\nContent-Length: 300\r\n",
    ]
  )
  func hidden(headers: String) async throws {
    try await TestServer.run { server async throws in
      let inner = Self.post("Content-Length: \(Self.body.utf8.count)\r\n", Self.body)
      let outer = Self.post(headers, "0\r\n\r\n\(inner)")
      #expect(try await RawClient(port: server.port).statuses(outer) == [400])
      #expect(try await server.active().isEmpty)
    }
  }
}

extension RawClient {
  /// The statuses of all answers to a text, after which the outgoing side is closed.
  fileprivate func statuses(_ text: String) async throws -> [Int] {
    let whole = try await exchange(text, ends: true).text
    return whole.matches(of: /HTTP\/1\.1 ([0-9]{3})/).compactMap { Int($0.1) }
  }
}
