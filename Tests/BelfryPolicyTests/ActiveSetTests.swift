// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTesting
import Testing

@Suite("The active alerts of a source")
struct ActiveSetTests {
  @Test("give an event for each difference between two readings")
  func differences() {
    var set = ActiveSet(source: "app")
    #expect(set.observe([.test("a"), .test("b")]) == [.fired("a"), .fired("b")])
    #expect(set.observe([.test("b"), .test("a")]) == [])
    #expect(
      set.observe([.test("a", .critical), .test("c")]) == [.changed(.test("a", .critical)), .fired("c"), .ended("b")]
    )
    #expect(set.observe([]) == [.ended("a"), .ended("c")])
    #expect(set.observe([.test("a")]) == [.fired("a")])
  }

  @Test("can be replaced by the same number of others")
  func swapped() {
    var set = ActiveSet(source: "app")
    _ = set.observe([.test("a"), .test("b")])
    #expect(set.observe([.test("a"), .test("c")]) == [.fired("c"), .ended("b")])
    #expect(set.count == 2)
  }

  @Test("are not resolved by a truncated reading")
  func incomplete() {
    var set = ActiveSet(source: "app")
    _ = set.observe([.test("a"), .test("b")])
    #expect(set.observe([.test("c")], isComplete: false) == [.fired("c")])
    #expect(set.count == 3)
    #expect(set.observe([.test("c")]) == [.ended("a"), .ended("b")])
  }

  @Test("are recognised after a restart by their content")
  func restart() {
    let hashes: [ExactText: UInt64] = ["a": Alert.test("a").contentHash, "b": Alert.test("b").contentHash, "c": 1]
    var set = ActiveSet(source: "app", hashes: hashes)
    #expect(
      set.observe([.test("a"), .test("b", .critical), .test("d")]) == [
        .changed(.test("b", .critical)), .fired("d"), .ended("c"),
      ]
    )
  }

  @Test("give the same events as a plain comparison of two readings", arguments: 0..<30)
  func property(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var set = ActiveSet(source: "app")
    var known: [String: Alert] = [:]
    for _ in 0..<50 {
      let ids = Set(
        (0..<Int.random(in: 0..<8, using: &random)).map { _ in "a\(Int.random(in: 0..<10, using: &random))" }
      )
      let now = ids.sorted().map { Alert.test($0, Bool.random(using: &random) ? .info : .critical) }
      let expected =
        now.compactMap { alert -> Event? in
          switch known[alert.id] {
          case nil: .fired(alert)
          case alert: nil
          default: .changed(alert)
          }
        } + known.keys.filter { !ids.contains($0) }.sorted().map { .ended($0) }
      #expect(set.observe(now) == expected)
      known = Dictionary(now.map { ($0.id, $0) }) { $1 }
    }
  }
}
