// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryDaemon
import BelfryLedger
import BelfryTesting
import Testing

@testable import BelfryServer

@Suite("What the cockpit costs")
struct CockpitCostTests {
  private func push(_ range: Range<Int>, _ bench: ServerBench) async throws {
    let alerts = range.map {
      #"{"id":"a\#($0)","severity":"\#($0 % 2 == 0 ? "critical" : "info")","title":"A \#($0)"}"#
    }
    let answer = try await bench.send("POST", "/v1/alerts", "[\(alerts.joined(separator: ","))]")
    #expect(answer.status == 200)
  }

  /// What a look at the page asks the ledger, with so many alerts of which some wait, some were told, some are silenced.
  private func questions(_ count: Int) async throws -> [String: Int] {
    let time = VirtualTime()
    let ledger = CountingLedger(MemoryLedger(now: { time.now() }))
    var asked: [String: Int] = [:]
    try await ServerBench.run(ledger: { _ in ledger }) { bench in
      var matcher = Matcher()
      matcher.severity = SeveritySelector([.info])
      let now = time.now()
      let until = now + .seconds(3600)
      let silence = Silence(id: SilenceID("s"), matcher: matcher, from: now, until: until, author: "ann", comment: "")
      try await bench.notifier.ingest([.silenced(silence)])
      try await push(0..<count, bench)
      #expect(try await bench.delivered() == count / 2)
      try await push(count..<(2 * count), bench)
      #expect(try await bench.active().count == 2 * count)
      _ = ledger.take()
      let page = try await bench.send("GET", "/")
      #expect(page.status == 200)
      #expect(page.body.contains(">told<") && page.body.contains(">waiting<") && page.body.contains("silenced by ann"))
      asked = ledger.take()
    }
    return asked
  }

  @Test("two hundred alerts ask the ledger no more than four do")
  func questions() async throws {
    let few = try await questions(2)
    let many = try await questions(100)
    #expect(many == few)
    #expect(many.values.reduce(0, +) <= 20, "\(many)")
  }

}
