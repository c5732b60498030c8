// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// A caller's pending batch: collects the replies in the batch's order.
///
/// The caller waits once per batch, because crossing into the loops and back costs the same for one exchange as for a
/// thousand.
final class PendingBatch: Sendable {
  private struct State {
    var replies: [Reply?]
    var missing: Int
    var isCancelled = false
    var waiter: CheckedContinuation<[Reply], Never>?
  }

  private let state: Mutex<State>

  init(count: Int) {
    state = Mutex(State(replies: Array(repeating: nil, count: count), missing: count))
  }

  /// Whether the caller was cancelled: exchanges that have not started need not start.
  var isCancelled: Bool { state.withLock(\.isCancelled) }

  func cancel() { state.withLock { $0.isCancelled = true } }

  /// Registers the caller.
  ///
  /// Call this before anything is answered.
  func wait(_ continuation: CheckedContinuation<[Reply], Never>) {
    state.withLock { $0.waiter = continuation }
  }

  /// Stores a reply; the last one resumes the caller.
  ///
  /// Each place is answered once; later replies are ignored.
  func answer(_ reply: Reply, at index: Int) {
    let finished = state.withLock { state -> (CheckedContinuation<[Reply], Never>, [Reply])? in
      guard state.replies[index] == nil else { return nil }
      state.replies[index] = reply
      state.missing -= 1
      guard state.missing == 0, let waiter = state.waiter.take() else { return nil }
      return (waiter, state.replies.compactMap { $0 })
    }
    finished?.0.resume(returning: finished?.1 ?? [])
  }
}

/// One place in a batch.
struct PendingReply: Sendable {
  let batch: PendingBatch
  let index: Int

  func answer(_ reply: Reply) { batch.answer(reply, at: index) }
}
