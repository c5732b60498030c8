// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Changes to the notifier's sources that run between two cycles.
final class CycleRequests: Sendable {
  typealias Work = @Sendable ([SourceWatch]) async throws -> [SourceWatch]

  struct Job: Sendable {
    let work: Work
    let done: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var jobs: [Job] = []
    var isOver = false
  }

  private let state = Mutex(State())

  /// Requests a change, and returns when it is done.
  ///
  /// - Throws: the error of `work`; `CancellationError` if the notifier stops first.
  func ask(wake: Wakeup, _ work: @escaping Work) async throws {
    try await withCheckedThrowingContinuation { continuation in
      let isTaken = state.withLock { state in
        if !state.isOver { state.jobs.append(Job(work: work, done: continuation)) }
        return !state.isOver
      }
      if isTaken { wake.raise() } else { continuation.resume(throwing: CancellationError()) }
    }
  }

  /// Runs the requested changes in order; if one fails, the sources stay unchanged.
  func run(_ watches: inout [SourceWatch]) async {
    for job in take() {
      do {
        watches = try await job.work(watches)
        job.done.resume()
      } catch {
        job.done.resume(throwing: error)
      }
    }
  }

  /// Rejects all further requests.
  func end() {
    state.withLock { $0.isOver = true }
    for job in take() { job.done.resume(throwing: CancellationError()) }
  }

  private func take() -> [Job] {
    state.withLock { state in
      defer { state.jobs = [] }
      return state.jobs
    }
  }
}
