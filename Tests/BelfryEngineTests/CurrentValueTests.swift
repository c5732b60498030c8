// SPDX-License-Identifier: Apache-2.0
import BelfryEngine
import BelfryTestKit
import Synchronization
import Testing

@Suite("A replaceable value")
struct CurrentValueTests {
  @Test("is not replaced while it is used, and new users get the new one")
  func exchange() async {
    let value = CurrentValue(1)
    let (entered, enter) = AsyncStream<Void>.makeStream()
    let (released, release) = AsyncStream<Void>.makeStream()
    let (changing, change) = AsyncStream<Void>.makeStream()
    let events = RecordedLines()
    let user = Task {
      await value.use { seen in
        enter.finish()
        for await _ in released {}
        events.add("used")
        return (seen, value.current)
      }
    }
    for await _ in entered {}
    let changer = Task {
      change.finish()
      await value.change {
        events.add("changed")
        return $0 + 1
      }
    }
    for await _ in changing {}
    let later = Task { await value.use { $0 } }
    // A chance to change it too early; that it does not is shown by the order of the events, on any machine.
    for _ in 0..<100 { await Task.yield() }
    #expect(value.current == 1)
    release.finish()
    #expect(await user.value == (1, 1))
    await changer.value
    #expect(events.all == ["used", "changed"])
    #expect([1, 2].contains(await later.value))
    #expect(await value.use { $0 } == 2)
  }

  @Test("stays if its replacement fails, and admits users again")
  func failure() async {
    let value = CurrentValue("old")
    await #expect(throws: Unexpected.self) { try await value.change { _ in throw Unexpected() } }
    #expect(await value.use { $0 } == "old")
  }

  @Test("is replaced a thousand times under load, and nobody sees two values at once")
  func load() async {
    let value = CurrentValue(0)
    let torn = Torn()
    await withDiscardingTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<2_000 {
            await value.use { before in
              await Task.yield()
              if value.current != before { torn.add() }
            }
          }
        }
      }
      group.addTask { for _ in 0..<1_000 { await value.change { $0 + 1 } } }
    }
    #expect(torn.count == 0)
    #expect(value.current == 1_000)
  }

  private final class Torn: Sendable {
    private let state = Mutex(0)
    var count: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
  }

  @Test("reports its current and later values to listeners")
  func values() async {
    let value = CurrentValue(1)
    var iterator = value.values.makeAsyncIterator()
    #expect(await iterator.next() == 1)
    await value.change { _ in 2 }
    await value.change { _ in 3 }
    #expect(await iterator.next() == 3)
  }
}
