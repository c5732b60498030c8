// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("An access token")
struct AccessTokenTests {
  private static let user = "alerts@example.com"
  private static let secrets = ["cl1ent-s3cret", "refr3sh-t0ken", "acc3ss-"]

  /// A token endpoint, a mail server that accepts its tokens, and a transport on the test's clock.
  private struct Scene {
    let time = VirtualTime()
    let endpoint: LoopbackHTTPServer
    let server: LoopbackSMTPServer
    let transport: SystemTransport
    /// The revoked tokens.
    let revoked: Revoked

    init(
      mechanisms: [String] = ["PLAIN", "XOAUTH2", "OAUTHBEARER"],
      challenges: Bool = true,
      answer: @escaping @Sendable (Int) -> LoopbackAnswer = { .reply(200, Scene.token($0)) }
    ) throws {
      let count = Mutex(0)
      let revoked = Revoked()
      self.revoked = revoked
      endpoint = try LoopbackHTTPServer { _ in
        answer(
          count.withLock { count in
            count += 1
            return count
          }
        )
      }
      var script = LoopbackSMTPServer.Script()
      script.mechanisms = mechanisms
      script.challengesTokens = challenges
      script.takesToken = { $0 == user && $1.hasPrefix("acc3ss-") && !revoked.contains($1) }
      server = try LoopbackSMTPServer(script)
      transport = SystemTransport(time: time, tokenLimits: .patient)
    }

    static func token(_ number: Int, lifetime: Int = 3600) -> String {
      #"{"access_token":"acc3ss-\#(number)","token_type":"Bearer","expires_in":\#(lifetime)}"#
    }

    var client: OAuthClient {
      OAuthClient(
        tokenURL: endpoint.url + "/token",
        id: "belfry & co",
        secret: Secret("cl1ent-s3cret"),
        scope: "https://outlook.office365.com/.default"
      )
    }

    func outgoing(_ grant: OAuthGrant? = nil) -> Outgoing {
      let credentials = MailServer.Credentials(username: user, grant: grant ?? .clientCredentials(client))
      return .mail(mail(to: server, credentials: credentials))
    }

    func send(_ grant: OAuthGrant? = nil) async -> Reply { await transport.send(outgoing(grant)) }
  }

  private final class Revoked: Sendable {
    private let tokens = Mutex<Set<String>>([])
    func add(_ token: String) { tokens.withLock { _ = $0.insert(token) } }
    func contains(_ token: String) -> Bool { tokens.withLock { $0.contains(token) } }
  }

  @Test("replaces a password", arguments: [["XOAUTH2"], ["OAUTHBEARER"], ["PLAIN", "XOAUTH2"]])
  func logsIn(mechanisms: [String]) async throws {
    let scene = try Scene(mechanisms: mechanisms)
    #expect(await scene.send().mailCode == 250)
    #expect(scene.server.mails.first?.user == Self.user)
    let request = try #require(scene.endpoint.requests.first)
    #expect(request.method == "POST")
    #expect(request.target == "/token")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "grant_type=client_credentials&client_id=belfry%20%26%20co&client_secret=cl1ent-s3cret"
        + "&scope=https%3A%2F%2Foutlook.office365.com%2F.default"
    )
    await scene.transport.shutdown()
  }

  @Test("serves many mails, and is requested once for many that wait")
  func cached() async throws {
    let scene = try Scene { .delayed(.milliseconds(50), .reply(200, Scene.token($0))) }
    let batch = Array(repeating: scene.outgoing(), count: 40)
    async let first = scene.transport.send(batch)
    async let second = scene.transport.send(batch)
    #expect(await (first + second).map(\.mailCode) == Array(repeating: 250, count: 80))
    for _ in 0..<5 { #expect(await scene.send().mailCode == 250) }
    #expect(scene.endpoint.requests.count == 1)
    #expect(scene.server.accepted <= 8, "connections are kept")
    await scene.transport.shutdown()
  }

  @Test(
    "is renewed 1 to 5 minutes before its end",
    arguments: [(3600, 3300), (1200, 1080), (300, 240), (100, 50)]
  )
  func renewed(lifetime: Int, use: Int) async throws {
    let scene = try Scene { .reply(200, Scene.token($0, lifetime: lifetime)) }
    _ = await scene.send()
    scene.time.advance(by: .seconds(use) - .seconds(1))
    _ = await scene.send()
    #expect(scene.endpoint.requests.count == 1)
    scene.time.advance(by: .seconds(1))
    #expect(await scene.send().mailCode == 250)
    #expect(scene.endpoint.requests.count == 2)
    await scene.transport.shutdown()
  }

  @Test(
    "that is refused is renewed and the mail sent in the same attempt",
    arguments: [["XOAUTH2"], ["OAUTHBEARER"], ["OAUTHBEARER", "XOAUTH2"]],
    [true, false]
  )
  func revoked(mechanisms: [String], challenges: Bool) async throws {
    let scene = try Scene(mechanisms: mechanisms, challenges: challenges)
    scene.revoked.add("acc3ss-1")
    #expect(await scene.send().mailCode == 250)
    #expect(scene.server.mails.count == 1)
    #expect(scene.endpoint.requests.count == 2)
    #expect(await scene.send().mailCode == 250)
    #expect(scene.endpoint.requests.count == 2)
    await scene.transport.shutdown()
  }

  @Test("that is refused again is the final answer, which contains no token", arguments: [true, false])
  func refusedTwice(challenges: Bool) async throws {
    let scene = try Scene(challenges: challenges)
    for number in 1...9 { scene.revoked.add("acc3ss-\(number)") }
    let reply = await scene.send()
    #expect(reply.mailCode == 535)
    #expect(scene.endpoint.requests.count == 2)
    expectDiscretion(reply)
    await scene.transport.shutdown()
  }

  @Test("is requested with a new refresh token if the server issued one")
  func rotates() async throws {
    let next = #"{"access_token":"acc3ss-1","expires_in":"600","refresh_token":"n3xt"}"#
    let scene = try Scene { _ in .reply(200, next) }
    let grant = OAuthGrant.refreshToken(scene.client, Secret("refr3sh-t0ken"))
    #expect(await scene.send(grant).mailCode == 250)
    scene.time.advance(by: .seconds(600))
    #expect(await scene.send(grant).mailCode == 250)
    let bodies = scene.endpoint.requests.map { String(decoding: $0.body, as: UTF8.self) }
    #expect(bodies.map { $0.contains("grant_type=refresh_token&") } == [true, true])
    #expect(bodies.map { $0.contains("refresh_token=refr3sh-t0ken") } == [true, false])
    #expect(bodies[1].contains("refresh_token=n3xt"))
    await scene.transport.shutdown()
  }

  @Test(
    "refused by the endpoint is the operator's to fix; an unhealthy endpoint is retried",
    arguments: [
      (401, #"{"error":"invalid_client","error_description":"bad cl1ent-s3cret"}"#, TransportFailure.Kind.login),
      (400, #"{"error":"invalid_grant","error_description":"refr3sh-t0ken is revoked"}"#, .login),
      (400, #"{"error":"temporarily_unavailable"}"#, .noToken),
      (503, "", .noToken), (429, "{}", .noToken), (500, "<html>", .noToken), (200, "<html>", .noToken),
      (200, "{}", .noToken), (404, "", .login), (302, "", .login),
      (200, #"{"access_token":"a\r\nb"}"#, .login), (200, #"{"access_token":""}"#, .login),
    ]
  )
  func refused(status: Int, body: String, kind: TransportFailure.Kind) async throws {
    let scene = try Scene { _ in .reply(status, body) }
    let reply = await scene.send(.refreshToken(scene.client, Secret("refr3sh-t0ken")))
    #expect(reply.failureKind == kind)
    expectDiscretion(reply)
    #expect(scene.server.accepted == 0, "without a token nobody is called")
    await scene.transport.shutdown()
  }

  @Test("cannot be had from an endpoint that is unreachable, which is retried")
  func unreachable() async throws {
    let scene = try Scene()
    let port = try RefusingPort()
    let client = OAuthClient(tokenURL: port.url, id: "x", secret: Secret("cl1ent-s3cret"))
    let reply = await scene.send(.clientCredentials(client))
    #expect(reply.failureKind == .noToken)
    expectDiscretion(reply)
    await scene.transport.shutdown()
  }

  @Test("may be printed by a program, whose arguments no shell interprets")
  func command() async throws {
    let scene = try Scene()
    #expect(await scene.send(.command(["printf", "%s\\n", "acc3ss-$(id)"])).mailCode == 250)
    scene.revoked.add("acc3ss-x")
    let reply = await scene.send(.command(["echo", "acc3ss-x"]))
    #expect(reply.mailCode == 535)
    expectDiscretion(reply)
    await scene.transport.shutdown()
  }

  @Test(
    "missing from a program's output is reported, without that output",
    arguments: [
      (["/nowhere/acc3ss"], TransportFailure.Kind.noToken), (["false"], .noToken), (["true"], .login),
      (["echo", "acc3ss-1 acc3ss-2"], .login), (["sh", "-c", "echo acc3ss-1; exit 3"], .noToken),
    ]
  )
  func brokenCommand(command: [String], kind: TransportFailure.Kind) async throws {
    let scene = try Scene()
    let reply = await scene.send(.command(command))
    #expect(reply.failureKind == kind)
    expectDiscretion(reply)
    await scene.transport.shutdown()
  }

  @Test("is not requested in clear")
  func clear() async throws {
    let scene = try Scene()
    let client = OAuthClient(tokenURL: "http://login.example.com/token", id: "x", secret: Secret("cl1ent-s3cret"))
    let reply = await scene.send(.clientCredentials(client))
    #expect(reply.failureKind == .malformed)
    await scene.transport.shutdown()
  }

  @Test("does not delay mails that need none")
  func holdsNothingUp() async throws {
    let scene = try Scene { _ in .silent }
    let plain = try LoopbackSMTPServer()
    let transport = scene.transport
    let batch = [scene.outgoing(), Outgoing.mail(mail(to: plain))]
    let task = Task { await transport.send(batch) }
    await plain.received()
    task.cancel()
    let replies = await task.value
    #expect(replies[0].failureKind == .cancelled)
    // Whether its answer was read before the cancellation depends on the machine; that it arrived does not.
    #expect(plain.mails.count == 1)
    await transport.shutdown()
  }

  @Test("is still delivered to other waiting callers if one is cancelled")
  func cancelledLeader() async throws {
    let scene = try Scene { $0 == 1 ? .silent : .reply(200, Scene.token($0)) }
    let (transport, outgoing) = (scene.transport, scene.outgoing())
    let leader = Task { await transport.send(outgoing) }
    await scene.endpoint.received()
    async let follower = transport.send(outgoing)
    leader.cancel()
    #expect(await leader.value.failureKind == .cancelled)
    #expect(await follower.mailCode == 250)
    await transport.shutdown()
  }

  private func expectDiscretion(_ reply: Reply) {
    var dumped = ""
    dump(reply, to: &dumped)
    for secret in Self.secrets { #expect(!dumped.contains(secret), "\(dumped)") }
  }
}
