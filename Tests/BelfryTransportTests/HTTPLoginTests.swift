// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("An HTTP exchange with an access token")
struct HTTPLoginTests {
  /// A token endpoint, a service that accepts some of its tokens, and a transport.
  private struct Scene {
    let endpoint: LoopbackHTTPServer
    let service: LoopbackHTTPServer
    let transport = SystemTransport(time: VirtualTime(), tokenLimits: .patient)

    init(
      accepted: @escaping @Sendable (String) -> Bool,
      answer: @escaping @Sendable (Int) -> LoopbackAnswer = { .reply(200, #"{"access_token":"acc3ss-\#($0)"}"#) }
    ) throws {
      let count = Mutex(0)
      endpoint = try LoopbackHTTPServer { _ in
        answer(
          count.withLock { count in
            count += 1
            return count
          }
        )
      }
      service = try LoopbackHTTPServer { request in
        accepted(request["authorization"] ?? "") ? .reply(200, "ok") : .reply(401, "no")
      }
    }

    func send(_ grant: OAuthGrant? = nil) async -> Reply {
      let client = OAuthClient(tokenURL: endpoint.url + "/token", id: "belfry", secret: Secret("cl1ent-s3cret"))
      var exchange = HTTPExchange(url: service.url + "/hook", body: Array("news".utf8))
      exchange.grant = grant ?? .clientCredentials(client)
      return await transport.send(.http(exchange).patient)
    }
  }

  @Test("requests the token once, and sends it with every request")
  func token() async throws {
    let scene = try Scene { $0 == "Bearer acc3ss-1" }
    for _ in 1...3 { #expect(await scene.send().status == 200) }
    #expect(scene.endpoint.requests.count == 1)
    #expect(scene.service.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["news", "news", "news"])
    await scene.transport.shutdown()
  }

  @Test("requests another token when one is refused in transit, and sends the request once more")
  func refused() async throws {
    let scene = try Scene { $0 == "Bearer acc3ss-2" }
    #expect(await scene.send().status == 200)
    #expect(await scene.send().status == 200)
    #expect(scene.endpoint.requests.count == 2)
    #expect(scene.service.requests.count == 3)
    await scene.transport.shutdown()
  }

  @Test("returns the answer of the service if it refuses both tokens")
  func refusedTwice() async throws {
    let scene = try Scene { _ in false }
    #expect(await scene.send().status == 401)
    #expect(scene.service.requests.count == 2)
    await scene.transport.shutdown()
  }

  @Test("is not sent without a token, and the failure shows no secret")
  func noToken() async throws {
    let scene = try Scene(accepted: { _ in true }) { _ in
      .reply(400, #"{"error":"invalid_client","error_description":"cl1ent-s3cret is wrong"}"#)
    }
    guard case .failed(let failure) = await scene.send() else {
      Issue.record("sent")
      return
    }
    #expect(failure.kind == .login)
    #expect(failure.message.contains("invalid_client"))
    #expect(!failure.message.contains("cl1ent-s3cret"))
    #expect(scene.service.requests.isEmpty)
    await scene.transport.shutdown()
  }

  @Test("takes the token from a program")
  func program() async throws {
    let scene = try Scene { $0 == "Bearer acc3ss-program" }
    #expect(await scene.send(.command(["/bin/echo", "acc3ss-program"])).status == 200)
    #expect(scene.endpoint.requests.isEmpty)
    await scene.transport.shutdown()
  }

  @Test("goes through the proxy that it names, also to this machine, and through none if it says so")
  func proxy() async throws {
    let proxy = try LoopbackHTTPServer { _ in .reply(200, "by the proxy") }
    let server = try LoopbackHTTPServer { _ in .reply(200, "direct") }
    let transport = SystemTransport()
    var exchange = HTTPExchange(url: server.url + "/hook", fields: [HTTPField("X-Key", "for the service")])
    exchange.proxy = .through(SealedText(shown: proxy.url))
    #expect(await transport.send(.http(exchange).patient).status == 200)
    #expect(proxy.requests.map(\.target) == [server.url + "/hook"])
    #expect(server.requests.isEmpty)
    exchange.proxy = .direct
    #expect(await transport.send(.http(exchange).patient).status == 200)
    #expect(server.requests.map(\.target) == ["/hook"])
    // With an address policy no proxy is used.
    exchange.proxy = .through(SealedText(shown: proxy.url))
    exchange.addresses = AddressPolicy(allowing: [try #require(AddressPattern("127.0.0.1"))])
    #expect(await transport.send(.http(exchange).patient).status == 200)
    #expect(proxy.requests.count == 1)
    await transport.shutdown()
  }
}

extension Reply {
  fileprivate var status: Int? { if case .http(let answer) = self { answer.status } else { nil } }
}
