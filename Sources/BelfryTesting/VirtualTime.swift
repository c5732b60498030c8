// SPDX-License-Identifier: Apache-2.0
public import Belfry
public import BelfryTransport
internal import Synchronization

/// A clock that moves only when tests move it, so that they need not wait.
public final class VirtualTime: TimeSource {
  private struct Sleeper {
    let id: Int
    let wakeAt: Instant
    /// Called when its time has come, or with an error if it is cancelled before.
    let wake: @Sendable ((any Error)?) -> Void
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
    let id = newID()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        add(id, duration) { error in
          if let error { continuation.resume(throwing: error) } else { continuation.resume() }
        }
      }
    } onCancel: {
      cancel(id)
    }
  }

  /// Makes an alarm that calls `body` when the clock has been advanced far enough; while it is set, it counts as a
  /// sleeper.
  public func alarm(_ body: @escaping @Sendable () -> Void) -> any Alarm { VirtualAlarm(time: self, body: body) }

  /// An alarm on a virtual clock.
  private final class VirtualAlarm: Alarm {
    private let time: VirtualTime
    private let body: @Sendable () -> Void
    private let sleeper = Mutex<Int?>(nil)

    init(time: VirtualTime, body: @escaping @Sendable () -> Void) {
      self.time = time
      self.body = body
    }

    func set(after duration: Duration) {
      unset()
      let id = time.newID()
      sleeper.withLock { $0 = id }
      time.add(id, duration) { [body] error in if error == nil { body() } }
    }

    func unset() {
      let id = sleeper.withLock { sleeper in
        defer { sleeper = nil }
        return sleeper
      }
      if let id { time.cancel(id, mayBeEarly: false) }
    }
  }

  private func newID() -> Int {
    state.withLock { state in
      state.nextID += 1
      return state.nextID
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
    for sleeper in woken { sleeper.wake(nil) }
  }

  /// Moves the wall clock without waking anyone, like an operator or NTP setting it.
  public func step(by duration: Duration) {
    state.withLock { state in
      state.now = state.now + duration
      state.sleepers = state.sleepers.map {
        Sleeper(id: $0.id, wakeAt: $0.wakeAt + duration, wake: $0.wake)
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

  private func add(_ id: Int, _ duration: Duration, _ wake: @escaping @Sendable ((any Error)?) -> Void) {
    enum Next { case wait([CheckedContinuation<Void, Never>]), wake, cancel }
    let next: Next = state.withLock { state in
      if state.cancelled.remove(id) != nil { return .cancel }
      if duration <= .zero { return .wake }
      state.sleepers.append(Sleeper(id: id, wakeAt: state.now + duration, wake: wake))
      let count = state.sleepers.count
      let reached = state.watchers.filter { $0.count <= count }
      state.watchers.removeAll { $0.count <= count }
      return .wait(reached.map(\.continuation))
    }
    switch next {
    case .wait(let watchers): for watcher in watchers { watcher.resume() }
    case .wake: wake(nil)
    case .cancel: wake(CancellationError())
    }
  }

  /// Wakes a sleeper early; `mayBeEarly` if it may not have been added yet.
  private func cancel(_ id: Int, mayBeEarly: Bool = true) {
    let sleeper = state.withLock { state -> Sleeper? in
      guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
        if mayBeEarly { state.cancelled.insert(id) }
        return nil
      }
      return state.sleepers.remove(at: index)
    }
    sleeper?.wake(CancellationError())
  }
}
