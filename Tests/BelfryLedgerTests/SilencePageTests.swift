// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Silences in the ledger")
struct SilencePageTests {
  /// A ledger with one silence ended at each of these seconds, and one that is in force.
  private func filled(_ store: Store, ends: [Int]) async throws -> TestLedger {
    let bench = try await TestLedger(store)
    let start = bench.now
    let silences = ends.enumerated().map { index, end in
      Silence.sample("s\(index)", from: start, until: start + .seconds(end))
    }
    let policy = ScriptedPolicy.writing { draft in
      draft.outcome.silences = silences + [.sample("now", from: start, until: start + .seconds(100_000))]
    }
    try await bench.ingest([.sample("a")], policy: policy)
    bench.advance(by: .seconds(1_000))
    return bench
  }

  @Test("that are over are not read with the current ones", arguments: Store.allCases)
  func current(store: Store) async throws {
    let bench = try await filled(store, ends: Array(1...20))
    #expect(try await bench.ledger.silences().map(\.id.text) == ["now"])
  }

  @Test("are found by their IDs, over or not", arguments: Store.allCases)
  func named(store: Store) async throws {
    let bench = try await filled(store, ends: [10, 20, 30])
    let found = try await bench.ledger.silences([SilenceID("s1"), SilenceID("now"), SilenceID("none")])
    #expect(Set(found.keys.map(\.text)) == ["s1", "now"])
    #expect(found[SilenceID("s1")]?.until == TestEnvironment.start + .seconds(20))
  }

  @Test(
    "are listed by page, the latest end first, each once",
    arguments: Store.allCases,
    [[10, 30, 20], [5, 5, 5, 5], [7, 7, 9, 8, 7, 9], []]
  )
  func pages(store: Store, ends: [Int]) async throws {
    let bench = try await filled(store, ends: ends)
    var pages: [[Silence]] = []
    repeat {
      pages.append(try await bench.ledger.silences(after: pages.last?.last, limit: 2))
      try #require(pages.count < 10)
    } while pages.last?.count == 2
    let found = pages.flatMap(\.self)
    #expect(Set(found.map(\.id)).count == ends.count + 1)
    #expect(found.map(\.end) == found.map(\.end).sorted(by: >))
    #expect(found.first?.id.text == "now")
  }
}
