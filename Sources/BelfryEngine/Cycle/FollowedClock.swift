// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport
internal import Synchronization

/// Keeps the holds in the ledger in step with the clock: when it is set, they are shifted before anything is decided.
final class FollowedClock: Sendable {
  private struct State {
    var watch: ClockWatch
    /// Steps not yet applied to the ledger.
    var steps: [ClockStep] = []
    /// Whether the digests still have to be scheduled again.
    var isUnadopted = false
  }

  private let state: Mutex<State>

  init(_ time: any TimeSource) { state = Mutex(State(watch: ClockWatch(now: time.now(), elapsed: time.elapsed()))) }

  /// Shifts timers and holds by the clock steps since the last call, and schedules digests again.
  ///
  /// - Throws: the ledger's error; the next call then tries again.
  func follow(_ policy: Policy, _ ledger: any DecisionStore, on time: any TimeSource) async throws {
    let isSet = state.withLock { state in
      if let step = state.watch.step(now: time.now(), elapsed: time.elapsed()) {
        state.steps.append(step)
        state.isUnadopted = true
      }
      return state.isUnadopted
    }
    guard isSet else { return }
    let longest = LongestWaits(policy.rules)
    while let step = state.withLock({ $0.steps.isEmpty ? nil : $0.steps.removeFirst() }) {
      do {
        try await ledger.followHolds(step, longest: longest)
      } catch {
        state.withLock { $0.steps.insert(step, at: 0) }
        throw error
      }
    }
    try await ledger.adopt(policy: policy)
    state.withLock { $0.isUnadopted = !$0.steps.isEmpty }
  }
}
