// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing
@testable import BelfryServer

@Suite("Listening pages")
struct ChangeFeedTests {
  private func push(_ server: TestServer) async throws {
    #expect(try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]").status == 200)
  }

  @Test("are notified of a push at once, and of a thousand changes after it a moment later, as one")
  func events() async throws {
    try await TestServer.run { server in
      async let heard = server.send("GET", "/events")
      while server.context.changes.count == 0 { await Task.yield() }
      try await push(server)
      // A notified page waits, beside the task that refreshes all pages every few seconds.
      await server.time.whenAsleep(2)
      for _ in 0..<1000 { server.context.changes.raise() }
      server.time.advance(by: CockpitAPI.rest)
      await server.time.whenAsleep(2)
      server.context.changes.end()
      server.time.advance(by: CockpitAPI.rest)
      let answer = try await heard
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "text/event-stream")
      #expect(answer.body.split(separator: "data: new").count == 3)
    }
  }

  /// The number of notifications to a listener once `work` is done; one stands for any number.
  private func notices(_ server: TestServer, _ work: () async throws -> Void) async throws -> Int {
    let changes = try #require(server.context.changes.listen())
    try await work()
    server.context.changes.end()
    return await changes.reduce(0) { count, _ in count + 1 }
  }

  @Test("are notified of decisions and delivery results, and of nothing else")
  func changes() async throws {
    try await TestServer.run { server in
      #expect(try await notices(server) { _ = try await server.send("GET", "/") } == 0)
      try await push(server)
      let active = try await server.active()
      let record = try #require(active.first)
      #expect(try await notices(server) { _ = try await server.delivered() } == 1)
      #expect(try await notices(server) { _ = try await server.delivered() } == 0)
      let acknowledged = Event.acknowledged(record.alert.key, by: "ann", comment: "")
      #expect(try await notices(server) { try await server.notifier.ingest([acknowledged]) } == 1)
      let silence = Silence(
        id: SilenceID("s"),
        matcher: Matcher(),
        from: server.time.now(),
        until: server.time.now() + .seconds(60),
        author: "ann",
        comment: ""
      )
      try await server.notifier.ingest([.silenced(silence), .fired(Alert.silencedSample)])
      server.time.advance(by: .seconds(61))
      #expect(try await notices(server) { try await server.notifier.fireTimers() } == 1)
      #expect(try await notices(server) { try await server.notifier.fireTimers() } == 0)
    }
  }

  @Test("that do not read keep one notification and delay nobody, and all of them end")
  func feed() async throws {
    let feed = ChangeBroadcast()
    let changes = try #require(feed.listen())
    for _ in 0..<1000 { feed.raise() }
    feed.end()
    var count = 0
    for await _ in changes { count += 1 }
    #expect(count == 1)
  }

  @Test("are limited in number, and one that leaves makes space")
  func room() throws {
    let feed = ChangeBroadcast()
    let open = (0..<ChangeBroadcast.limit).compactMap { _ in feed.listen() }
    #expect(open.count == ChangeBroadcast.limit)
    #expect(feed.listen() == nil)
    feed.end()
    #expect(feed.listen() != nil)
  }
}

extension Alert {
  fileprivate static let silencedSample = Alert(
    source: "push",
    id: "silenced",
    severity: .critical,
    category: "disk",
    title: "Silenced",
    detail: ""
  )
}
