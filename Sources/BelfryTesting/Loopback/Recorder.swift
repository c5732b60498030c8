// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Records what a loopback server received, and lets tests wait until there is enough.
final class Recorder<Item: Sendable>: Sendable {
  private struct State {
    var items: [Item] = []
    var waiters: [Int: (count: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
    var lastWaiter = 0
  }

  private let state = Mutex(State())

  var all: [Item] { state.withLock { $0.items } }

  func add(_ item: Item) {
    let ready = state.withLock { state in
      state.items.append(item)
      let ready = state.waiters.filter { $0.value.count <= state.items.count }
      for number in ready.keys { state.waiters[number] = nil }
      return ready.values.map(\.continuation)
    }
    for continuation in ready { continuation.resume() }
  }

  /// Returns when there are at least `count` items, or when the task is cancelled.
  func reaches(_ count: Int) async {
    let number = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.items.count >= count || Task.isCancelled { return true }
          state.waiters[number] = (count, continuation)
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
    }
  }
}
