// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

@Suite("Connections to the server")
struct ConnectionTests {
  private static let health = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"

  private func push(_ id: String) -> String {
    let body = #"[{"id": "\#(id)", "title": "T"}]"#
    return "POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test("that take too long to send a request are closed, however busy, and others are served")
  func slow() async throws {
    try await TestServer.run { server in
      let header = try HeldConnection(port: server.port)
      let body = try HeldConnection(port: server.port)
      let quick = try HeldConnection(port: server.port)
      header.say("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
      body.say("POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n[")
      for _ in 0..<5 {
        await server.time.whenAsleep(1)
        server.time.advance(by: .seconds(5))
        header.say("x")
        body.say(" ")
        #expect(await quick.ask(ConnectionTests.health)?.status == 200)
      }
      #expect(!header.isOver && !body.isOver, "25 seconds are not too long")
      for _ in 0..<100 where !(header.isOver && body.isOver) {
        await server.time.whenAsleep(1)
        server.time.advance(by: .seconds(5))
        header.say("x")
        body.say(" ")
        #expect(await quick.ask(ConnectionTests.health)?.status == 200)
      }
      #expect(header.isOver && body.isOver)
      #expect(try await server.active().isEmpty)
    }
  }

  @Test("that send one request after another are not closed, however long they live")
  func lasting() async throws {
    try await TestServer.run { server in
      let client = try HeldConnection(port: server.port)
      for number in 0..<20 {
        #expect(await client.ask(push("a\(number)"))?.status == 200)
        await server.time.whenAsleep(1)
        server.time.advance(by: .seconds(10))
      }
      #expect(try await server.active().count == 20)
    }
  }

  @Test("at the limit are closed, the longest silent first, and a push is accepted")
  func crowd() async throws {
    try await TestServer.run(#"{"listen": "127.0.0.1:0", "max_connections": 3}"#) { server in
      var idle: [HeldConnection] = []
      for _ in 0..<3 {
        let client = try HeldConnection(port: server.port)
        #expect(await client.ask(ConnectionTests.health)?.status == 200)
        server.time.advance(by: .seconds(1))
        idle.append(client)
      }
      let pushing = try HeldConnection(port: server.port)
      #expect(await pushing.ask(push("a"))?.status == 200)
      #expect(await idle[0].ended())
      #expect(!idle[1].isOver && !idle[2].isOver)
    }
  }

  @Test("that never sent a request are closed before one that did")
  func strangers() async throws {
    try await TestServer.run(#"{"listen": "127.0.0.1:0", "max_connections": 3}"#) { server in
      let known = try HeldConnection(port: server.port)
      #expect(await known.ask(push("a"))?.status == 200)
      server.time.advance(by: .seconds(1))
      let silent = try (0..<50).map { _ in try HeldConnection(port: server.port) }
      // Each has its own server thread, so they need not come in order.
      while silent.count(where: \.isOver) < 48 { await Task.yield() }
      #expect(await known.ask(push("b"))?.status == 200)
      #expect(await (try HeldConnection(port: server.port)).ask(push("c"))?.status == 200)
      #expect(try await server.active().count == 3)
    }
  }

  @Test("that are being answered are not closed for another, which is refused")
  func full() async throws {
    try await TestServer.run(#"{"listen": "127.0.0.1:0", "max_connections": 1}"#) { server in
      let listening = try HeldConnection(port: server.port)
      listening.say("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
      while !String(decoding: listening.received, as: UTF8.self).contains("\r\n\r\n"), !listening.isOver {
        await Task.yield()
      }
      let other = try HeldConnection(port: server.port)
      #expect(await other.ask(ConnectionTests.health) == nil)
      #expect(!listening.isOver)
      listening.hangUp()
      // The server learns of that when it sends an update.
      var status: Int?
      for _ in 0..<1_000 where status == nil {
        await server.time.whenAsleep(1)
        server.time.advance(by: .seconds(5))
        status = await (try HeldConnection(port: server.port)).ask(ConnectionTests.health)?.status
      }
      #expect(status == 200)
    }
  }

  @Test("that do not read a long answer are closed")
  func unread() async throws {
    try await TestServer.run { server in
      let alerts = (0..<1_000).map { number in
        #"{"id": "a\#(number)", "title": "T", "detail": "\#(String(repeating: "d", count: 2_000))"}"#
      }
      let body = "[" + alerts.joined(separator: ",") + "]"
      let head = "POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
      let pushing = try HeldConnection(port: server.port)
      #expect(await pushing.ask(head + body)?.status == 200)
      let deaf = try HeldConnection(port: server.port)
      // Several times, so that it is more than the system buffers on either side.
      deaf.say(String(repeating: "GET /api/v2/alerts HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 20))
      var steps = 0
      while deaf.say("\r\n") > 0, steps < 1_000 {
        steps += 1
        await server.time.whenAsleep(1)
        server.time.advance(by: .seconds(5))
        #expect(await pushing.ask(ConnectionTests.health)?.status == 200)
      }
      #expect(steps < 1_000, "it is still open")
    }
  }

  @Test("with a refused body are not read further, and the sender gets the reason", arguments: [true, false])
  func refused(isDeclared: Bool) async throws {
    try await TestServer.run(#"{"listen": "127.0.0.1:0", "max_body": "10kB"}"#) { server in
      let client = try HeldConnection(port: server.port)
      let framing = isDeclared ? "Content-Length: 1000000000" : "Transfer-Encoding: chunked"
      client.say("POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\n\(framing)\r\n\r\n")
      let piece = [UInt8](repeating: 0x20, count: 65_536)
      let chunk = isDeclared ? piece : Array("10000\r\n".utf8) + piece + Array("\r\n".utf8)
      var sent = 0
      while sent < 1_000_000_000 {
        var rest = chunk[...]
        while !rest.isEmpty, !client.isOver {
          let count = client.say(rest)
          rest = rest.dropFirst(count)
          if count == 0 { await Task.yield() }
        }
        if client.isOver { break }
        sent += piece.count
      }
      #expect(await client.answer()?.status == 413)
      #expect(sent < 100_000_000, "\(sent) bytes were read")
      #expect(try await server.send("GET", "/-/healthy").status == 200)
    }
  }
}
