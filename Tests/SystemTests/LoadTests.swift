// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

/// Careless and hostile clients of a `belfry run`, which continues to work.
@Suite("The server under load", .systemTest, .serialized, .endsIfItHangs)
struct LoadTests {
  private static let crowd = 10_000

  @Test(
    "accepts a push beside 10,000 silent connections",
    .enabled(if: OpenFiles.makeRoom(for: crowd + 1_000) >= crowd + 1_000, "the system allows too few open files"),
    arguments: [500, 12_000]
  )
  func idle(limit: Int) async throws {
    // However long it takes to open them all, none is closed for being silent too long.
    let server = try await PushServer(#""max_connections": \#(limit), "request_timeout": "1h""#)
    let lasting = try HeldConnection(port: server.port)
    #expect(await lasting.ask(PushServer.push(["b"]))?.status == 200)
    let before = try await server.memory()
    var idle: [HeldConnection] = []
    var slowest = Duration.zero
    let start = ContinuousClock.now
    for number in 0..<Self.crowd {
      idle.append(try HeldConnection(port: server.port))
      guard number % 1_000 == 999 else { continue }
      let push = try await server.push("a\(number)")
      #expect(push.status == 200, "with \(number) connections")
      slowest = max(slowest, push.time)
      #expect(await lasting.ask(PushServer.push(["b\(number)"]))?.status == 200)
    }
    let open = idle.count { !$0.isOver }
    let grown = try await server.memory() - before
    let elapsed = ContinuousClock.now - start
    print("\(limit): \(open) open after \(elapsed), \(grown) MB more, the slowest push \(slowest)")
    #expect(limit < Self.crowd ? open <= limit : open == Self.crowd)
    #expect(grown < (limit < Self.crowd ? 100 : 1_000))
    for connection in idle { connection.hangUp() }
    #expect(try await server.push("last").status == 200)
    #expect(try await server.active() == 22)
    #expect(try await server.stop() == 0, "\(server.belfry.output.suffix(2000))")
  }

  @Test("closes two hundred connections that send a byte now and then, and accepts pushes in the meantime")
  func slow() async throws {
    // Long enough for a push on a busy machine, which counts from the connection, too.
    let server = try await PushServer(#""request_timeout": "5s""#)
    let heads = [
      "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
      "POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n[",
    ]
    let slow = try (0..<200).map { number in
      let connection = try HeldConnection(port: server.port)
      connection.say(heads[number % 2])
      return connection
    }
    var pushes = 0
    try await eventually("all are cut off") {
      for connection in slow { connection.say(" ") }
      let push = try await server.push("a\(pushes)")
      #expect(push.status == 200)
      pushes += 1
      return slow.allSatisfy(\.isOver)
    }
    // At least one was accepted while some were open.
    #expect(pushes > 1)
    #expect(try await server.active() == pushes)
    #expect(try await server.stop() == 0)
  }

  @Test("refuses a body of a gigabyte early, without using memory", arguments: [true, false])
  func large(isDeclared: Bool) async throws {
    let server = try await PushServer()
    #expect(try await server.push("a").status == 200)
    let before = try await server.memory()
    let framing = isDeclared ? "Content-Length: 1073741824" : "Transfer-Encoding: chunked"
    let piece = [UInt8](repeating: 0x20, count: 1 << 20)
    let chunk = isDeclared ? piece : Array("100000\r\n".utf8) + piece + Array("\r\n".utf8)
    for _ in 0..<4 {
      let client = try HeldConnection(port: server.port)
      client.say("POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\n\(framing)\r\n\r\n")
      var taken = 0
      while taken < 1 << 30, !client.isOver {
        var rest = chunk[...]
        while !rest.isEmpty, !client.isOver {
          let count = client.say(rest)
          rest = rest.dropFirst(count)
          taken += count
          if count == 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
      }
      #expect(await client.answer()?.status == 413)
      #expect(taken < 100 << 20, "it was read to its end")
    }
    let grown = try await server.memory() - before
    print("declared: \(isDeclared): \(grown) MB more")
    #expect(grown < 64)
    #expect(try await server.active() == 1)
    #expect(try await server.stop() == 0)
  }

  @Test("accepts no part of a request that is cut off anywhere")
  func torn() async throws {
    let server = try await PushServer()
    let request = Array(PushServer.push((0..<200).map { "a\($0)" }).utf8)
    var random = SeededGenerator(seed: 7)
    for number in 0..<200 {
      let client = try HeldConnection(port: server.port)
      client.say(request.prefix(Int.random(in: 1..<request.count, using: &random)))
      if number.isMultiple(of: 2) { client.reset() } else { client.hangUp() }
    }
    #expect(try await server.push("whole").status == 200)
    #expect(try await server.active() == 1)
    #expect(try await server.stop() == 0, "\(server.belfry.output.suffix(2000))")
  }
}
