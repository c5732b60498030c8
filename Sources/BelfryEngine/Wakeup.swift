// SPDX-License-Identifier: Apache-2.0
internal import BelfryTransport
internal import Synchronization

/// Wakes one waiting task; a signal without a waiter is kept, and several are kept as one.
package final class Wakeup: Sendable {
  private enum State {
    case idle
    case raised
    case waiting(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.idle)

  package init() {}

  package func raise() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard case .waiting(let continuation) = state else {
        state = .raised
        return nil
      }
      state = .idle
      return continuation
    }
    waiter?.resume()
  }

  /// Returns when the signal is raised, when the time is over, or when the task is cancelled.
  ///
  /// Without a limit, waiting costs nothing.
  func wait(atMost limit: Duration?, on time: any TimeSource) async {
    // A cancelled sleep leaves its timer in the system until it would have ended. Under load the signal is often
    // already raised, thousands of times a second.
    if takeRaised() { return }
    guard let limit else { return await wait() }
    await withDiscardingTaskGroup { group in
      group.addTask {
        // Cancelled or over: either way the wait ends.
        do { try await time.sleep(for: limit) } catch {}
        self.raise()
      }
      await wait()
      group.cancelAll()
    }
    // The sleeper's own raise, if the signal came first, is not kept. A real one at the same time is not lost, because
    // waiters check for work after every return.
    state.withLock { if case .raised = $0 { $0 = .idle } }
  }

  private func takeRaised() -> Bool {
    state.withLock { state in
      guard case .raised = state else { return false }
      state = .idle
      return true
    }
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isRaised = state.withLock { state -> Bool in
          if case .raised = state {
            state = .idle
            return true
          }
          state = .waiting(continuation)
          return false
        }
        if isRaised || Task.isCancelled { resumeIfWaiting(continuation, already: isRaised) }
      }
    } onCancel: {
      raise()
    }
  }

  private func resumeIfWaiting(_ continuation: CheckedContinuation<Void, Never>, already isRaised: Bool) {
    if isRaised { return continuation.resume() }
    raise()
  }
}
