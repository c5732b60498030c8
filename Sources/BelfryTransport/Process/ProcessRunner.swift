// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// Runs programs, each on its own threads, so blocking affects nothing else.
///
/// The caller limits how many run at once.
final class ProcessRunner: Sendable {
  private struct State {
    var running: [ObjectIdentifier: (wake: ProcessWake, batch: PendingBatch)] = [:]
    var isStopped = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Starts a program, and answers the pending when it has ended.
  func begin(_ run: ProcessRun, for pending: PendingReply) {
    do throws(TransportFailure) {
      let prepared = try PreparedProcess(run)
      let wake = try ProcessWake()
      let isAccepted = state.withLock { state in
        guard !state.isStopped, !pending.batch.isCancelled else { return false }
        state.running[ObjectIdentifier(wake)] = (wake, pending.batch)
        return true
      }
      guard isAccepted else { throw .stopped }
      let isStarted = startThread(name: "belfry-exec") { [self] in
        let reply = ProcessExchange.reply(to: prepared, wake: wake)
        finish(wake)
        pending.answer(reply)
      }
      guard !isStarted else { return }
      finish(wake)
      throw .noThread
    } catch {
      pending.answer(.failed(error))
    }
  }

  /// Ends the programs of a batch.
  func cancel(_ batch: PendingBatch) {
    let chosen = state.withLock { $0.running.values.filter { $0.batch === batch } }
    for running in chosen { running.wake.cancel() }
  }

  /// Ends all programs without waiting for them; no further one is started.
  func stop() {
    let all = state.withLock { state in
      state.isStopped = true
      return Array(state.running.values)
    }
    for running in all { running.wake.cancel() }
  }

  /// Returns when all programs have ended.
  func stopped() async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if !state.running.isEmpty { state.waiters.append(continuation) }
        return state.running.isEmpty
      }
      if isDone { continuation.resume() }
    }
  }

  private func finish(_ wake: ProcessWake) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.running[ObjectIdentifier(wake)] = nil
      guard state.running.isEmpty else { return [] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}

extension TransportFailure {
  static let noThread = TransportFailure(.notStarted, "the program could not be started: out of threads")
}
