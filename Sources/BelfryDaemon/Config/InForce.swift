// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A value that many use and one exchanges: between their uses, never within one.
package final class InForce<Value: Sendable>: Sendable {
  private struct State {
    var value: Value
    var users = 0
    var isChanging = false
    /// Those who may go on when the change is over.
    var waiting: [CheckedContinuation<Void, Never>] = []
    /// Who changes, until the last user has left.
    var changer: CheckedContinuation<Void, Never>?
    var listeners: [Int: AsyncStream<Value>.Continuation] = [:]
    var nextListener = 0
  }

  private let state: Mutex<State>

  package init(_ value: Value) { state = Mutex(State(value: value)) }

  /// The value as it is now.
  package var current: Value { state.withLock { $0.value } }

  /// Uses the value, which is not exchanged meanwhile.
  ///
  /// Whoever uses it must not ask for it once more: if someone waited to change it, neither could go on.
  package func use<Outcome>(_ body: (Value) async throws -> Outcome) async rethrows -> Outcome {
    let value = await enter()
    defer { leave() }
    return try await body(value)
  }

  /// Exchanges the value for what `body` makes of it, once nobody uses it; those who come meanwhile wait.
  ///
  /// There is one who does this, and does it one after another. When `body` throws, the old value stays.
  package func change(_ body: (Value) async throws -> Value) async rethrows {
    await close()
    do {
      open(with: try await body(current))
    } catch {
      open(with: nil)
      throw error
    }
  }

  /// The value now, and each that takes its place; of several that nobody took the last.
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
