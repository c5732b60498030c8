// SPDX-License-Identifier: Apache-2.0
import BelfryTransport
import Dispatch
import Synchronization
import Testing

@Suite("Blocking work")
struct BlockingTests {
  @Test("never waits for other blocking work, and delays no task")
  func together() async {
    // More threads than any pool has.
    let barrier = Barrier(200)
    await withTaskGroup { group in
      for _ in 0..<200 { group.addTask { await onOwnThread(named: "test") { barrier.pass(within: 600) } } }
      for await hasPassed in group { #expect(hasPassed) }
    }
  }

  /// Lets all pass once all have arrived.
  private final class Barrier: Sendable {
    private let missing: Atomic<Int>
    private let count: Int
    private let opening = DispatchSemaphore(value: 0)

    init(_ count: Int) {
      self.count = count
      missing = Atomic(count)
    }

    func pass(within seconds: Int) -> Bool {
      if missing.subtract(1, ordering: .relaxed).newValue == 0 { for _ in 0..<count { opening.signal() } }
      return opening.wait(timeout: .now() + .seconds(seconds)) == .success
    }
  }
}
