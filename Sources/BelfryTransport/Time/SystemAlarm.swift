// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Dispatch
internal import Synchronization

/// An alarm on a timer of the system that is set as seldom as possible.
///
/// Setting a timer wakes the thread that owns all timers. An alarm that is unset, or set to a later time, as most are,
/// keeps its timer: when the timer fires too early, it is set to what is left.
final class SystemAlarm: Alarm {
  private struct State {
    /// When the call is wanted, on the monotonic clock; nil if it is not.
    var wanted: DispatchTime?
    /// When the timer fires; nil if it is not set.
    var armed: DispatchTime?
  }

  private let state = Mutex(State())
  /// Dispatch sources may be used on any thread, which their type does not say.
  private nonisolated(unsafe) let timer: any DispatchSourceTimer
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
    timer = DispatchSource.makeTimerSource(queue: .global())
    timer.setEventHandler { [weak self] in self?.fire() }
    timer.activate()
  }

  deinit { timer.cancel() }

  func set(after duration: Duration) {
    let wanted = DispatchTime.now() + max(.zero, duration) / .seconds(1)
    state.withLock { state in
      state.wanted = wanted
      if let armed = state.armed, armed <= wanted { return }
      arm(&state, wanted)
    }
  }

  func unset() { state.withLock { $0.wanted = nil } }

  private func fire() {
    let isDue = state.withLock { state in
      state.armed = nil
      guard let wanted = state.wanted else { return false }
      if wanted > .now() {
        arm(&state, wanted)
        return false
      }
      state.wanted = nil
      return true
    }
    if isDue { body() }
  }

  private func arm(_ state: inout State, _ time: DispatchTime) {
    state.armed = time
    timer.schedule(deadline: time, leeway: .microseconds(100))
  }
}
