// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing
@testable import BelfryServer

@Suite("The form of a request", .endsIfItHangs)
struct RequestFormTests {
  private static let body = #"[{"id": "a", "title": "T"}]"#

  /// The output of `gzip` for a text.
  static func gzip(_ text: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "gzip -c"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    Thread.detachNewThread {
      input.fileHandleForWriting.write(Data(text.utf8))
      input.fileHandleForWriting.closeFile()
    }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(data)
  }

  private func push(_ body: [UInt8], coding: String, _ server: TestServer) async throws -> RawAnswer {
    let head =
      "POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: \(coding)\r\n"
      + "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    return try await RawClient(port: server.port).exchange(bytes: Array(head.utf8) + body)
  }

  @Test(
    "may be HEAD, which is GET without a body, on every path",
    arguments: ["/-/healthy", "/-/ready", "/", "/metrics", "/api/v2/alerts", "/api/v2/status"]
  )
  func head(path: String) async throws {
    try await TestServer.run { server async throws in
      let got = try await server.send("GET", path)
      let head = try await server.send("HEAD", path)
      #expect(head.status == 200 && got.status == 200)
      #expect(head.body.isEmpty)
      #expect(head.headers["content-type"] == got.headers["content-type"])
    }
  }

  @Test("may be HEAD of an endless page, which is answered and does not listen")
  func headOfEvents() async throws {
    try await TestServer.run { server async throws in
      // Each page that is open would be a listener; a request for the head of one is none, not even for a moment.
      let open = (0..<ChangeBroadcast.limit).compactMap { _ in server.context.changes.listen() }
      #expect(open.count == ChangeBroadcast.limit)
      #expect(try await server.send("GET", "/events").status == 429)
      for _ in 0..<3 {
        let answer = try await server.send("HEAD", "/events")
        #expect(answer.status == 200 && answer.headers["content-type"] == "text/event-stream", "\(answer.text)")
      }
      #expect(server.context.changes.count == ChangeBroadcast.limit)
      withExtendedLifetime(open) {}
    }
  }

  @Test(
    "is answered with 405 and the allowed methods for a wrong method, with 501 for an unknown one",
    arguments: [
      ("PUT", "/v1/alerts", 405, "POST"), ("GET", "/v1/alerts", 405, "POST"), ("HEAD", "/v1/alerts", 405, "POST"),
      ("DELETE", "/-/healthy", 405, "GET, HEAD"), ("POST", "/", 405, "GET, HEAD"),
      ("PATCH", "/api/v2/silences", 405, "GET, HEAD, POST"), ("POST", "/api/v2/silence/x", 405, "DELETE, GET, HEAD"),
      ("OPTIONS", "/api/v2/alerts", 405, "GET, HEAD, POST"), ("GET", "/nothing", 404, nil),
      ("PUT", "/nothing", 404, nil),
      ("QUERY", "/v1/alerts", 405, "POST"), ("PROPFIND", "/v1/alerts", 501, nil), ("BREW", "/v1/alerts", 400, nil),
    ] as [(String, String, Int, String?)]
  )
  func methods(method: String, path: String, status: Int, allow: String?) async throws {
    try await TestServer.run { server async throws in
      let answer = try await server.send(method, path)
      #expect(answer.status == status)
      #expect(answer.headers["allow"] == allow)
    }
  }

  @Test("may have a gzip body, in one or several members", arguments: ["gzip", "x-gzip", "GZIP"])
  func compressed(coding: String) async throws {
    try await TestServer.run { server async throws in
      #expect(try await push(Self.gzip(Self.body), coding: coding, server).status == 200)
      let half = Self.body.index(Self.body.startIndex, offsetBy: 9)
      let members = try Self.gzip(String(Self.body[..<half])) + Self.gzip(String(Self.body[half...]))
      #expect(try await push(members, coding: coding, server).status == 200)
      #expect(try await server.active().map(\.alert.id) == ["a"])
      #expect(try await push(Array(Self.body.utf8), coding: "identity", server).status == 200)
    }
  }

  @Test(
    "is answered with 415 for an unsupported coding, which is named",
    arguments: ["br", "deflate", "zstd", "gzip, gzip", "gzip, br"]
  )
  func unknownCoding(coding: String) async throws {
    try await TestServer.run { server async throws in
      let answer = try await push(Array(Self.body.utf8), coding: coding, server)
      #expect(answer.status == 415)
      #expect(answer.headers["accept-encoding"] == "gzip")
      #expect(try await server.active().isEmpty)
    }
  }

  @Test("is answered with 400 for a body that is not gzip as declared, or is truncated")
  func damaged() async throws {
    try await TestServer.run { server async throws in
      let whole = try Self.gzip(Self.body)
      var flipped = whole
      flipped[whole.count - 5] ^= 0xFF
      for body in [Array(Self.body.utf8), Array(whole.dropLast(3)), whole + [1, 2, 3], flipped, []] {
        #expect(try await push(body, coding: "gzip", server).status == 400)
      }
      #expect(try await server.active().isEmpty)
    }
  }

  @Test("is answered with 413 if a small body inflates to more than max_body, and the next push is accepted")
  func bomb() async throws {
    try await TestServer.run(#"{"listen": "127.0.0.1:0", "max_body": "1MB"}"#) { server async throws in
      let bomb = try Self.gzip(String(repeating: " ", count: 50_000_000))
      #expect(bomb.count < 100_000)
      for _ in 0..<8 { #expect(try await push(bomb, coding: "gzip", server).status == 413) }
      #expect(try await push(Self.gzip(Self.body), coding: "gzip", server).status == 200)
    }
  }

  @Test("is answered with 100 or a refusal if it asks before sending its body")
  func expectation() async throws {
    let tokens = AccessTests.tokens.replacing("0.0.0.0:9093", with: "127.0.0.1:0")
    try await TestServer.run(tokens) { server async throws in
      func head(_ token: String, _ size: Int) -> String {
        "POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\nExpect: 100-continue\r\n"
          + "Content-Length: \(size)\r\n\r\n"
      }
      let client = try HeldConnection(port: server.port)
      client.say(head("push-0123456789abcdef", Self.body.utf8.count))
      #expect(await client.answer()?.status == 100)
      client.say(Self.body)
      #expect(await client.answer()?.status == 200)
      for (token, size, status) in [("wrong", 100, 401), ("push-0123456789abcdef", 1_000_000_000, 413)] {
        let refused = try HeldConnection(port: server.port)
        refused.say(head(token, size))
        #expect(await refused.answer()?.status == status)
        #expect(await refused.ended(), "what would come next is not known")
      }
    }
  }

  @Test("is answered with 503 if a listing takes too long, or the listing ends unfinished")
  func overdue() async throws {
    let ledger: (VirtualTime) async throws -> any Ledger = { time in
      WatchedLedger(MemoryLedger(now: { time.now() })) { _ in time.advance(by: .seconds(11)) }
    }
    try await TestServer.run(ledger: ledger) { server async throws in
      let alerts = (0..<2_500).map { #"{"id": "a\#($0)", "title": "T"}"# }.joined(separator: ",")
      #expect(try await server.send("POST", "/v1/alerts", "[\(alerts)]").status == 200)
      let groups = try await server.send("GET", "/api/v2/alerts/groups")
      #expect(groups.status == 503 && groups.body.contains("longer than 20s"))
      let list = try await server.send("GET", "/api/v2/alerts")
      #expect(list.json == nil, "what is cut off is no whole list")
    }
  }

  @Test("is answered with 503 if its answer is late, and the connection ends")
  func late() async throws {
    let ledger: (VirtualTime) async throws -> any Ledger = { time in
      WatchedLedger(MemoryLedger(now: { time.now() })) { if $0 == "nextTimer()" { try await WatchedLedger.hang() } }
    }
    try await TestServer.run(ledger: ledger, answerLimit: .milliseconds(100)) { server async throws in
      let client = try HeldConnection(port: server.port)
      client.say("GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(await client.answer()?.status == 503)
      #expect(await client.ended())
      #expect(server.printed.containing("request not answered in time").count == 1)
    }
  }
}
