// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A failing HTTP exchange")
struct HTTPFailureTests {
  @Test(
    "has the right failure for a bad answer",
    arguments: [
      ("no answer", LoopbackAnswer.closed, TransportFailure.Kind.connectionLost),
      ("a reset", .reset, .connectionLost),
      ("an answer that breaks off in its header", .cutOff(after: 20, .reply(200, "hello")), .connectionLost),
      ("an answer that breaks off in its body", .cutOff(after: 42, .reply(200, "hello")), .connectionLost),
      ("something that is not HTTP", .raw(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)), .other),
      ("an answer above the limit", .reply(200, String(repeating: "x", count: 2000)), .replyTooLarge),
      ("an answer of unknown length above the limit", .raw(endless), .replyTooLarge),
      ("a header without end", .raw(endlessHeader), .replyTooLarge),
    ]
  )
  func badAnswer(_ what: String, _ answer: LoopbackAnswer, _ kind: TransportFailure.Kind) async throws {
    let server = try LoopbackHTTPServer { _ in answer }
    let transport = SystemTransport()
    let limits = ExchangeLimits(total: .seconds(600), replyBytes: 1999)
    let exchange = HTTPExchange(url: server.url + "/hook?token=s3cret", body: [1, 2, 3], limits: limits)
    let failure = try await failure(of: .http(exchange), on: transport)
    #expect(failure.kind == kind)
    #expect(failure.message.contains("127.0.0.1 port \(server.port)"))
    #expect(!failure.message.contains("s3cret"))
    await transport.shutdown()
  }

  @Test("is not one whose answer is as long as the limit")
  func answerAtTheLimit() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "12345") }
    let transport = SystemTransport()
    let exchange = HTTPExchange(url: server.url, limits: ExchangeLimits(total: .seconds(600), replyBytes: 5))
    guard case .http = await transport.send(.http(exchange)) else {
      Issue.record("refused")
      return
    }
    await transport.shutdown()
  }

  @Test("that times out after the request was sent says so", arguments: [LoopbackAnswer.silent, drip])
  func timeOutAfterSending(_ answer: LoopbackAnswer) async throws {
    let server = try LoopbackHTTPServer { _ in answer }
    let transport = SystemTransport()
    let failure = try await failure(.timedOutAfterSending, on: transport) { limits in
      .http(HTTPExchange(url: server.url, body: [1], limits: limits))
    }
    #expect(failure.kind == .timedOutAfterSending)
    await transport.shutdown()
  }

  @Test("that times out before the request was sent says so")
  func timeOutBeforeSending() async throws {
    // It reads nothing, so that a body larger than all buffers on the way cannot be sent.
    let listener = try LoopbackListener { $0.pause(.seconds(600)) }
    let transport = SystemTransport()
    let body = [UInt8](repeating: 65, count: 32 << 20)
    let failure = try await failure(.timedOutBeforeSending, on: transport) { limits in
      .http(HTTPExchange(url: "http://127.0.0.1:\(listener.port)/", body: body, limits: limits))
    }
    #expect(failure.kind == .timedOutBeforeSending)
    await transport.shutdown()
  }

  @Test("whose connection breaks while sending is not one that was lost after it")
  func brokenBeforeSending() async throws {
    let listener = try LoopbackListener { connection in
      _ = connection.read(100_000)
      connection.reset()
    }
    let transport = SystemTransport()
    let body = [UInt8](repeating: 65, count: 32 << 20)
    let exchange = HTTPExchange(url: "http://127.0.0.1:\(listener.port)/", body: body, limits: .patient)
    #expect(try await failure(of: .http(exchange), on: transport).kind == .notConnected)
    await transport.shutdown()
  }

  @Test("to a port without a listener is not connected")
  func nothingListens() async throws {
    let port = try RefusingPort()
    let transport = SystemTransport()
    let failure = try await failure(of: .http(HTTPExchange(url: port.url)).patient, on: transport)
    #expect(failure.kind == .notConnected)
    #expect(failure.message.contains("127.0.0.1 port \(port.number)"))
    await transport.shutdown()
  }

  @Test("to an unknown name says so")
  func unknownName() async throws {
    let transport = SystemTransport()
    let failure = try await failure(of: .http(HTTPExchange(url: "http://nowhere.invalid/")).patient, on: transport)
    #expect(failure.kind == .nameNotFound)
    #expect(failure.message.contains("nowhere.invalid"))
    await transport.shutdown()
  }

  @Test(
    "is refused if it would break the request's framing, and its text is not repeated",
    arguments: [
      HTTPExchange(url: "http://127.0.0.1/", fields: [HTTPField("X-A", "s3cret\r\nX-B: 2")]),
      HTTPExchange(url: "http://127.0.0.1/", fields: [HTTPField("X-A", "s3cret\n")]),
      HTTPExchange(url: "http://127.0.0.1/", fields: [HTTPField("X-A", "s3cret\0")]),
      HTTPExchange(url: "http://127.0.0.1/", fields: [HTTPField("X-A: s3cret\r\nX-B", "1")]),
      HTTPExchange(url: "http://127.0.0.1/", fields: [HTTPField("", "s3cret")]),
      HTTPExchange(url: "http://127.0.0.1/", fields: [HTTPField("Content-Length", "1")]),
      HTTPExchange(url: "http://127.0.0.1/", fields: [HTTPField("transfer-encoding", "chunked")]),
      HTTPExchange(method: "POST / HTTP/1.1\r\nX-B:", url: "http://127.0.0.1/"),
      HTTPExchange(method: "", url: "http://127.0.0.1/"),
      HTTPExchange(url: "http://127.0.0.1/\r\nX-B: s3cret"),
      HTTPExchange(url: "http://user:s3cret@127.0.0.1/"),
      HTTPExchange(url: "file:///etc/s3cret"),
      HTTPExchange(url: "ftp://127.0.0.1/s3cret"),
      HTTPExchange(url: "smtp://127.0.0.1/"),
      HTTPExchange(url: "127.0.0.1"),
      HTTPExchange(url: "http://"),
      HTTPExchange(url: ""),
    ]
  )
  func malformed(_ exchange: HTTPExchange) async throws {
    let transport = SystemTransport()
    let failure = try await failure(of: .http(exchange), on: transport)
    #expect(failure.kind == .malformed)
    #expect(!failure.message.contains("s3cret"))
    await transport.shutdown()
  }

  @Test(
    "with a secret that would break the request's framing is the operator's to fix",
    arguments: [
      HTTPExchange(url: "http://127.0.0.1/", fields: [HTTPField("X-A", prefix: "Bearer ", secret: Secret("s3cret\n"))]),
      HTTPExchange(url: "http://127.0.0.1/", sealed: HTTPExchange.Sealed(url: Secret("http://127.0.0.1/s3cret\n"))),
    ]
  )
  func unusableSecret(_ exchange: HTTPExchange) async throws {
    let transport = SystemTransport()
    let failure = try await failure(of: .http(exchange), on: transport)
    #expect(failure.kind == .unusableSecret)
    #expect(!failure.message.contains("s3cret"))
    await transport.shutdown()
  }

  @Test("ends at once when it is cancelled, running or waiting")
  func cancellation() async throws {
    let server = try LoopbackHTTPServer { _ in .silent }
    let transport = SystemTransport(connectionsPerHost: 1)
    let limits = ExchangeLimits(total: .seconds(600))
    let task = Task {
      await transport.send(Array(repeating: .http(HTTPExchange(url: server.url, limits: limits)), count: 3))
    }
    await server.received()
    task.cancel()
    let kinds = await task.value.map(\.failureKind)
    #expect(kinds == [.cancelled, .cancelled, .cancelled])
    #expect(server.requests.count == 1)
    await transport.shutdown()
  }

  @Test("ends at a shutdown, and later ones are refused")
  func shutdown() async throws {
    let server = try LoopbackHTTPServer { _ in .silent }
    let transport = SystemTransport()
    let exchange = Outgoing.http(HTTPExchange(url: server.url, limits: ExchangeLimits(total: .seconds(600))))
    async let underWay = failure(of: exchange, on: transport)
    await server.received()
    await transport.shutdown()
    #expect(try await underWay.kind == .cancelled)
    #expect(try await failure(of: exchange, on: transport).kind == .cancelled)
    await transport.shutdown()
  }
}

/// The failure of an exchange; anything else is an error of the test.
func failure(of outgoing: Outgoing, on transport: SystemTransport) async throws -> TransportFailure {
  let reply = await transport.send(outgoing)
  guard case .failed(let failure) = reply else { throw Unexpected(reply) }
  return failure
}

/// The failure of an exchange whose time limit the server lets it reach.
///
/// On a busy machine a short limit may be reached too early, before the exchange is as far as it should be. So the limit
/// grows until the failure is of the expected kind, or too long for any machine.
func failure(
  _ kind: TransportFailure.Kind,
  on transport: SystemTransport,
  of outgoing: (ExchangeLimits) -> Outgoing
) async throws -> TransportFailure {
  var total = Duration.milliseconds(500)
  while true {
    let found = try await failure(of: outgoing(ExchangeLimits(connect: total, total: total)), on: transport)
    if found.kind == kind || total > .seconds(100) { return found }
    total *= 4
  }
}

extension Reply {
  var failureKind: TransportFailure.Kind? { if case .failed(let failure) = self { failure.kind } else { nil } }
}

private let endless = Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + [UInt8](repeating: 65, count: 100_000)
private let endlessHeader =
  Array("HTTP/1.1 200 OK\r\n".utf8)
  + Array(String(repeating: "X-Field: \(String(repeating: "a", count: 1000))\r\n", count: 400).utf8)
private let drip = LoopbackAnswer.dripped(
  bytes: 1,
  every: .milliseconds(100),
  .reply(200, String(repeating: "x", count: 500))
)
