// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A value with many users that one task can replace: between uses, never during one.
package final class CurrentValue<Value: Sendable>: Sendable {
  private struct State {
    var value: Value
    var users = 0
    var isChanging = false
    /// The users that wait for the replacement to finish.
    var waiting: [CheckedContinuation<Void, Never>] = []
    /// The task that waits to replace the value until the last user has finished.
    var changer: CheckedContinuation<Void, Never>?
    var listeners: [Int: AsyncStream<Value>.Continuation] = [:]
    var nextListener = 0
  }

  private let state: Mutex<State>

  package init(_ value: Value) { state = Mutex(State(value: value)) }

  /// The value as it is now.
  package var current: Value { state.withLock { $0.value } }

  /// Uses the value, which is not replaced in the meantime.
  ///
  /// `body` must not use it again: if a replacement is waiting, neither could continue.
  package func use<Outcome>(_ body: (Value) async throws -> Outcome) async rethrows -> Outcome {
    let value = await enter()
    defer { leave() }
    return try await body(value)
  }

  /// Replaces the value with the result of `body` once nobody uses it; new users wait.
  ///
  /// Only one task calls this, and one call at a time. If `body` throws, the old value stays.
  package func change(_ body: (Value) async throws -> Value) async rethrows {
    await close()
    do {
      open(with: try await body(current))
    } catch {
      open(with: nil)
      throw error
    }
  }

  /// The current value and each later one; a slow reader only gets the latest.
  package var values: AsyncStream<Value> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let number = state.withLock { state in
        state.listeners[state.nextListener] = continuation
        state.nextListener += 1
        continuation.yield(state.value)
        return state.nextListener - 1
      }
      continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[number] = nil } }
    }
  }

  private func enter() async -> Value {
    while true {
      if let value = tryToEnter() { return value }
      await withCheckedContinuation { continuation in
        let mayGoOn = state.withLock { state in
          if state.isChanging { state.waiting.append(continuation) }
          return !state.isChanging
        }
        if mayGoOn { continuation.resume() }
      }
    }
  }

  private func tryToEnter() -> Value? {
    state.withLock { state in
      guard !state.isChanging else { return nil }
      state.users += 1
      return state.value
    }
  }

  private func leave() {
    let changer = state.withLock { state in
      state.users -= 1
      guard state.users == 0 else { return nil as CheckedContinuation<Void, Never>? }
      defer { state.changer = nil }
      return state.changer
    }
    changer?.resume()
  }

  private func close() async {
    await withCheckedContinuation { continuation in
      let isAlone = state.withLock { state in
        state.isChanging = true
        if state.users > 0 { state.changer = continuation }
        return state.users == 0
      }
      if isAlone { continuation.resume() }
    }
  }

  private func open(with value: Value?) {
    let waiting = state.withLock { state in
      state.isChanging = false
      if let value {
        state.value = value
        for listener in state.listeners.values { listener.yield(value) }
      }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
