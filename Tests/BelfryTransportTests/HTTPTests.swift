// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryTransport
import Testing

@Suite("HTTP exchanges")
struct HTTPTests {
  @Test("arrive as composed, with nothing added except framing")
  func sendsWhatWasComposed() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "fine") }
    let transport = SystemTransport(userAgent: "belfry/test")
    let exchange = HTTPExchange(
      url: server.url + "/api?x=1",
      fields: [
        HTTPField("Content-Type", "application/json; charset=utf-8"),
        HTTPField("Authorization", prefix: "Bearer ", secret: Secret("s3cret")),
        HTTPField("X-Empty", ""),
      ],
      body: Array(#"{"a":"é"}"#.utf8)
    )
    let reply = await transport.send(.http(exchange).patient)
    #expect(reply == .http(HTTPReply(status: 200, fields: [("content-length", "4")], body: Array("fine".utf8))))
    let request = try #require(server.requests.first)
    #expect(request.method == "POST")
    #expect(request.target == "/api?x=1")
    #expect(request.body == exchange.body)
    #expect(
      request.fields.map { "\($0.name): \($0.value)" } == [
        "host: 127.0.0.1:\(server.port)", "user-agent: belfry/test", "content-type: application/json; charset=utf-8",
        "authorization: Bearer s3cret", "x-empty: ", "content-length: 10",
      ]
    )
    await transport.shutdown()
    server.stop()
  }

  @Test("return every status unchanged", arguments: [200, 201, 204, 301, 307, 400, 401, 404, 410, 429, 500, 503])
  func status(_ status: Int) async throws {
    let server = try LoopbackHTTPServer { _ in
      .reply(status, fields: [("Retry-After", "30"), ("Location", "http://127.0.0.1:9/"), ("X-Two", " b\t ")])
    }
    let transport = SystemTransport()
    let reply = await transport.send(.http(HTTPExchange(url: server.url)).patient)
    guard case .http(let answer) = reply else {
      Issue.record("\(reply)")
      return
    }
    #expect(answer.status == status)
    #expect(answer["RETRY-AFTER"] == "30")
    #expect(answer["x-two"] == "b")
    #expect(server.requests.count == 1)
    await transport.shutdown()
  }

  @Test(
    "send methods unchanged, with and without a body",
    arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY"],
    [[], Array("{}".utf8)]
  )
  func method(_ method: String, _ body: [UInt8]) async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200) }
    let transport = SystemTransport()
    let reply = await transport.send(.http(HTTPExchange(method: method, url: server.url, body: body)).patient)
    #expect(reply == .http(HTTPReply(status: 200, fields: [("content-length", "0")])))
    #expect(server.requests.map(\.method) == [method])
    #expect(server.requests.map(\.body) == [body])
    await transport.shutdown()
  }

  @Test("share one connection, one after the other")
  func reusesTheConnection() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "ok") }
    let transport = SystemTransport(longestIdle: .seconds(86_400))
    for _ in 0..<100 { _ = await transport.send(.http(HTTPExchange(url: server.url)).patient) }
    #expect(server.requests.count == 100)
    #expect(server.accepted == 1)
    await transport.shutdown()
  }

  @Test("in a batch of 200 use no more connections than allowed, and their replies keep the order")
  func carriesManyAtOnce() async throws {
    let server = try LoopbackHTTPServer { request in .reply(200, String(decoding: request.body, as: UTF8.self)) }
    let transport = SystemTransport(connectionsPerHost: 16)
    let bodies = (0..<200).map { Array("number \($0)".utf8) }
    let replies = await transport.send(bodies.map { .http(HTTPExchange(url: server.url, body: $0)).patient })
    let answered = replies.map { reply -> [UInt8]? in if case .http(let answer) = reply { answer.body } else { nil } }
    #expect(answered == bodies)
    #expect(server.accepted <= 16)
    await transport.shutdown()
  }
}
