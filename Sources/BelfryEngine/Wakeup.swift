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
  /// Made by the first wait that has a limit.
  private let alarm = Mutex<(any Alarm)?>(nil)

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
    // Under load the signal is often already raised, thousands of times a second.
    if takeRaised() { return }
    guard let limit else { return await wait() }
    let alarm = alarm(on: time)
    alarm.set(after: limit)
    await wait()
    alarm.unset()
    // The alarm's own raise, if the signal came first, is not kept. A real one at the same time is not lost, because
    // waiters check for work after every return.
    state.withLock { if case .raised = $0 { $0 = .idle } }
  }

  private func alarm(on time: any TimeSource) -> any Alarm {
    alarm.withLock { alarm in
      if let alarm { return alarm }
      let new = time.alarm { [weak self] in self?.raise() }
      alarm = new
      return new
    }
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
