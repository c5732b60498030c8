// SPDX-License-Identifier: Apache-2.0
public import Belfry
public import BelfryTransport
internal import Synchronization

/// A clock that moves only when tests move it, so that they need not wait.
public final class VirtualTime: TimeSource {
  private struct Sleeper {
    let id: Int
    let wakeAt: Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now: Instant
    var elapsed = Duration.zero
    var nextID = 0
    var sleepers: [Sleeper] = []
    var cancelled: Set<Int> = []
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state: Mutex<State>

  /// Creates a clock set to `start`.
  public init(startingAt start: Instant = Instant(seconds: 1_800_000_000)) {
    state = Mutex(State(now: start))
  }

  /// The clock's current time.
  public func now() -> Instant { state.withLock { $0.now } }

  /// The total time by which the clock was advanced; setting the wall clock does not change it.
  public func elapsed() -> Duration { state.withLock { $0.elapsed } }

  /// Waits until the clock has been advanced by `duration`.
  public func sleep(for duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        add(id, duration, continuation)
      }
    } onCancel: {
      cancel(id)
    }
  }

  /// Advances the clock and wakes the sleepers whose time has come, in order of time.
  public func advance(by duration: Duration) {
    let woken = state.withLock { state in
      state.now = state.now + duration
      state.elapsed += duration
      let now = state.now
      let due = state.sleepers.filter { $0.wakeAt <= now }.sorted { $0.wakeAt < $1.wakeAt }
      state.sleepers.removeAll { $0.wakeAt <= now }
      return due
    }
    for sleeper in woken { sleeper.continuation.resume() }
  }

  /// Moves the wall clock without waking anyone, like an operator or NTP setting it.
  public func step(by duration: Duration) {
    state.withLock { state in
      state.now = state.now + duration
      state.sleepers = state.sleepers.map {
        Sleeper(id: $0.id, wakeAt: $0.wakeAt + duration, continuation: $0.continuation)
      }
    }
  }

  /// Waits until at least `count` sleepers are waiting: the code under test then has nothing left to do.
  public func whenAsleep(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isReached = state.withLock { state in
        if state.sleepers.count >= count { return true }
        state.watchers.append((count, continuation))
        return false
      }
      if isReached { continuation.resume() }
    }
  }

  private func add(_ id: Int, _ duration: Duration, _ continuation: CheckedContinuation<Void, any Error>) {
    enum Next { case wait([CheckedContinuation<Void, Never>]), wake, cancel }
    let next: Next = state.withLock { state in
      if state.cancelled.remove(id) != nil { return .cancel }
      if duration <= .zero { return .wake }
      state.sleepers.append(Sleeper(id: id, wakeAt: state.now + duration, continuation: continuation))
      let count = state.sleepers.count
      let reached = state.watchers.filter { $0.count <= count }
      state.watchers.removeAll { $0.count <= count }
      return .wait(reached.map(\.continuation))
    }
    switch next {
    case .wait(let watchers): for watcher in watchers { watcher.resume() }
    case .wake: continuation.resume()
    case .cancel: continuation.resume(throwing: CancellationError())
    }
  }

  private func cancel(_ id: Int) {
    let sleeper = state.withLock { state -> Sleeper? in
      guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
        state.cancelled.insert(id)
        return nil
      }
      return state.sleepers.remove(at: index)
    }
    sleeper?.continuation.resume(throwing: CancellationError())
  }
}
