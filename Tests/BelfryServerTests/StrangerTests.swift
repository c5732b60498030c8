// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

@Suite("Callers without a token", .endsIfItHangs)
struct StrangerTests {
  private static let server = AccessTests.tokens.replacing(
    #""listen": "0.0.0.0:9093""#,
    with: #""listen": "127.0.0.1:0", "url": "https://belfry.example.org""#
  )
  private static let pusher = ["Authorization": "Bearer push-0123456789abcdef"]

  private func pushes(_ server: TestServer) async throws -> Bool {
    let answer = try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]", headers: Self.pusher)
    return answer.status == 200
  }

  @Test(
    "do not prevent an authorised push, however large the bodies that they send slowly",
    arguments: ["/login", "/ack/x"]
  )
  func stalled(path: String) async throws {
    try await TestServer.run(Self.server) { server async throws in
      let head = "POST \(path) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      let chunk = "800\r\n\(String(repeating: "x", count: 2_048))\r\n"
      let stalled = try (0..<40).map { _ in try HeldConnection(port: server.port) }
      for client in stalled { client.say(head + chunk) }
      for _ in 0..<10 { #expect(try await pushes(server)) }
      // The rest of a large one is not waited for.
      for client in stalled { client.say(chunk + chunk) }
      for client in stalled { #expect(await client.answer()?.status == 413) }
      #expect(try await pushes(server))
    }
  }

  @Test("may not send a body of more than 4 KiB", arguments: ["/login", "/ack/x"])
  func large(path: String) async throws {
    try await TestServer.run(Self.server) { server async throws in
      let body = String(repeating: "x", count: 4_097)
      #expect(try await server.send("POST", path, body).status == 413)
      #expect(try await server.send("POST", path, String(body.dropLast())).status != 413)
    }
  }

  @Test("are not read further once they are refused")
  func unread() async throws {
    try await TestServer.run(Self.server) { server async throws in
      let client = try HeldConnection(port: server.port)
      client.say("POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000000\r\n\r\n[")
      #expect(await client.answer()?.status == 401)
      #expect(await client.ended())
    }
  }

  @Test("get 400 for a bad chunk, and cause one short line a minute, with a count", arguments: ["/login", "/ack/"])
  func malformed(path: String) async throws {
    try await TestServer.run(Self.server) { server async throws in
      let long = path + String(repeating: "A", count: 12_000)
      let text =
        "POST \(path == "/login" ? path : long) HTTP/1.1\r\nHost: localhost\r\n"
        + "Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"
      for _ in 0..<50 { #expect(try await RawClient(port: server.port).exchange(text, ends: true).status == 400) }
      #expect(server.printed.containing("malformed request").count == 1)
      server.time.advance(by: .seconds(61))
      _ = try await RawClient(port: server.port).exchange(text, ends: true)
      let lines = server.printed.containing("malformed request")
      #expect(lines.contains { $0.contains("49 more within a minute") })
      #expect(lines.allSatisfy { $0.utf8.count < 400 })
      #expect(server.printed.containing("failed").isEmpty)
    }
  }

  @Test("who guess tokens cause one line a minute, with a count")
  func guesses() async throws {
    try await TestServer.run(Self.server) { server async throws in
      for _ in 0..<30 {
        #expect(try await server.send("POST", "/login", "token=wrong", headers: CockpitTests.form).status == 403)
      }
      #expect(server.printed.containing("failed sign-in").count == 1)
      server.time.advance(by: .seconds(61))
      server.context.callerLines.flush(at: server.time.now())
      #expect(server.printed.containing("failed sign-in: 29 more within a minute").count == 1)
      server.context.callerLines.flush(at: server.time.now())
      #expect(server.printed.containing("failed sign-in").count == 2)
    }
  }

  @Test("who leave in the middle of a request cause no error line")
  func leaving() async throws {
    try await TestServer.run(Self.server) { server async throws in
      for path in ["/login", "/ack/x", "/v1/alerts"] {
        let head =
          "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
          + "Authorization: Bearer push-0123456789abcdef\r\n\r\nabc"
        for _ in 0..<10 { _ = try await RawClient(port: server.port).exchange(head, hangsUp: true) }
      }
      #expect(try await pushes(server))
      #expect(server.printed.containing("error").isEmpty)
      #expect(server.printed.containing("failed").isEmpty)
    }
  }
}

@Suite("The limit on log lines")
struct LineBudgetTests {
  @Test("allows one line a minute and counts the others, also when the clock is set back")
  func minute() {
    var budget = LineBudget()
    let start = Instant(seconds: 1_000_000)
    #expect(budget.take(at: start) == 0)
    #expect(budget.take(at: start + .seconds(1)) == nil)
    #expect(budget.take(at: start + .seconds(59)) == nil)
    #expect(budget.flush(at: start + .seconds(59)) == 0)
    #expect(budget.flush(at: start + .seconds(60)) == 2)
    #expect(budget.take(at: start + .seconds(61)) == nil)
    #expect(budget.take(at: start - .seconds(3600)) == 1)
  }
}
