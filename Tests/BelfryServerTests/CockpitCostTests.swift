// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Synchronization
import Testing
@testable import BelfryServer

@Suite("The cost of the cockpit")
struct CockpitCostTests {
  private func push(_ range: Range<Int>, _ server: TestServer) async throws {
    let alerts = range.map {
      #"{"id":"a\#($0)","severity":"\#($0 % 2 == 0 ? "critical" : "info")","title":"A \#($0)"}"#
    }
    let answer = try await server.send("POST", "/v1/alerts", "[\(alerts.joined(separator: ","))]")
    #expect(answer.status == 200)
  }

  /// The queries of one page view, with `count` alerts, some of which wait, were sent or are silenced.
  private func questions(_ count: Int) async throws -> [String: Int] {
    let time = VirtualTime()
    let ledger = WatchedLedger(MemoryLedger(now: { time.now() }))
    var asked: [String: Int] = [:]
    try await TestServer.run(ledger: { _ in ledger }) { server in
      var matcher = Matcher()
      matcher.severity = SeveritySelector([.info])
      let now = time.now()
      let until = now + .seconds(3600)
      let silence = Silence(id: SilenceID("s"), matcher: matcher, from: now, until: until, author: "ann", comment: "")
      try await server.notifier.ingest([.silenced(silence)])
      try await push(0..<count, server)
      #expect(try await server.delivered() == count / 2)
      try await push(count..<(2 * count), server)
      #expect(try await server.active().count == 2 * count)
      _ = ledger.takeCalls()
      let page = try await server.send("GET", "/")
      #expect(page.status == 200)
      #expect(page.body.contains(">sent<") && page.body.contains(">waiting<") && page.body.contains("silenced by ann"))
      asked = ledger.takeCalls()
    }
    return asked
  }

  @Test("is no more queries for two hundred alerts than for four")
  func questions() async throws {
    let few = try await questions(2)
    let many = try await questions(100)
    #expect(many == few)
    #expect(many.values.reduce(0, +) <= 20, "\(many)")
  }

  @Test("is two page builds for fifty views at once; a later view shows what is new")
  func shared() async throws {
    let pages = SharedPages()
    let (gate, opening) = AsyncStream<Void>.makeStream()
    let (begun, beginning) = AsyncStream<Void>.makeStream()
    let made = Numbers()
    @Sendable func view() async throws(Refusal) -> HTML {
      try await pages.page("") {
        let number = made.next()
        beginning.yield()
        for await _ in gate { break }
        return "\(number)"
      }
    }
    try await withThrowingTaskGroup(of: String.self) { group in
      group.addTask { try await view().text }
      for await _ in begun { break }
      for _ in 1..<50 { group.addTask { try await view().text } }
      // All of them wait before the first is answered.
      while pages.count("") < 49 { await Task.yield() }
      opening.yield()
      opening.yield()
      var seen: [String: Int] = [:]
      for try await text in group { seen[text, default: 0] += 1 }
      #expect(seen == ["1": 1, "2": 49])
      #expect(pages.count("") == 0)
    }
    opening.yield()
    #expect(try await view().text == "3")
  }

  @Test("is shared on failure by all that wait, and the next request tries again")
  func failing() async throws {
    let pages = SharedPages()
    await #expect(throws: Refusal.self) {
      try await pages.page("") { () throws(Refusal) in throw Refusal(.unavailable, "not now") }
    }
    #expect(try await pages.page("") { "there" }.text == "there")
  }

  @Test("is not shared between callers that may and may not press buttons")
  func scopes() async throws {
    let tokens = AccessTests.tokens.replacing("0.0.0.0:9093", with: "127.0.0.1:0")
    try await TestServer.run(tokens) { server in
      let push = ["Authorization": "Bearer push-0123456789abcdef"]
      #expect(
        try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]", headers: push).status == 200
      )
      try await withThrowingTaskGroup(of: (Bool, Bool).self) { group in
        for number in 0..<20 {
          let mayPress = number % 2 == 0
          group.addTask {
            let token = mayPress ? "all-0123456789abcdef" : "read-0123456789abcdef"
            let page = try await server.send("GET", "/cockpit/now", headers: ["Authorization": "Bearer \(token)"])
            return (mayPress, page.body.contains("/cockpit/ack"))
          }
        }
        for try await (mayPress, isShown) in group { #expect(mayPress == isShown) }
      }
    }
  }
}

/// Counts from 1.
private final class Numbers: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }
}
