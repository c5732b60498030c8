// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport
internal import Synchronization

/// The clock as the holds in the ledger follow it: when it is set, they are set again before anything is decided.
final class FollowedClock: Sendable {
  private struct State {
    var watch: ClockWatch
    /// Steps that the ledger has not followed yet.
    var steps: [ClockStep] = []
    /// Whether the digests are still to be set again.
    var isUnadopted = false
  }

  private let state: Mutex<State>

  init(_ time: any TimeSource) { state = Mutex(State(watch: ClockWatch(now: time.now(), elapsed: time.elapsed()))) }

  /// Moves timers and holds by the steps of the clock since the last call, and sets digests by their schedules again.
  ///
  /// - Throws: what the ledger throws; then the next call does it.
  func follow(_ policy: Policy, _ ledger: any Ledger, on time: any TimeSource) async throws {
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
