// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// What one caller waits for: the replies to its batch, in its order.
///
/// One wait for a whole batch: crossing into the loops and back costs the same for one exchange as for a thousand.
final class Submission: Sendable {
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

  /// Whether the caller has given up: what has not begun need not begin.
  var isCancelled: Bool { state.withLock(\.isCancelled) }

  func cancel() { state.withLock { $0.isCancelled = true } }

  /// Must be called before anything is answered.
  func wait(_ continuation: CheckedContinuation<[Reply], Never>) {
    state.withLock { $0.waiter = continuation }
  }

  /// Takes a reply; with the last one the caller goes on.
  ///
  /// A place is answered once: what comes later is ignored.
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

/// One place in a submission.
struct Ticket: Sendable {
  let submission: Submission
  let index: Int

  func answer(_ reply: Reply) { submission.answer(reply, at: index) }
}
