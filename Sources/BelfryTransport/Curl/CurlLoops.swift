// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// The loops of a transport, each created on first use: one for HTTP, one for HTTP under each address policy, and one
/// for each mail server.
///
/// libcurl reuses a kept connection without checking its address again. A separate loop per policy ensures that an
/// exchange only reuses connections that were made under the same policy.
///
/// While libcurl (7.88) waits for the answer to a mail's final dot, it blocks the thread. On a shared loop, one slow
/// mail server would hold up every other exchange. A loop per server also separates connections made with different
/// credentials, certificate authorities or without TLS, which libcurl may treat as the same server.
final class CurlLoops: Sendable {
  enum Purpose: Hashable {
    case web(AddressPolicy?)
    case mail(MailServer)
  }

  private struct State {
    var loops: [Purpose: CurlLoop] = [:]
    var isStopped = false
  }

  private let state = Mutex(State())
  private let webLimits: CurlLoop.Limits
  private let mailLimits: CurlLoop.Limits

  init(web: CurlLoop.Limits, mail: CurlLoop.Limits) {
    webLimits = web
    mailLimits = mail
  }

  /// Starts an operation and waits for its replies; cancels it when the task is cancelled.
  func replies(
    to count: Int,
    _ begin: (PendingBatch) -> Void,
    onCancel: @escaping @Sendable (PendingBatch) -> Void = { _ in }
  ) async -> [Reply] {
    let batch = PendingBatch(count: count)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        batch.wait(continuation)
        begin(batch)
      }
    } onCancel: {
      batch.cancel()
      cancel(batch)
      onCancel(batch)
    }
  }

  /// Submits the jobs, or answers them with the reason why they cannot start.
  func submit(_ jobs: [TransferRequest], for purpose: Purpose) {
    guard !jobs.isEmpty else { return }
    do throws(TransportFailure) {
      try loop(for: purpose).submit(jobs)
    } catch {
      for job in jobs { job.pending.answer(.failed(error)) }
    }
  }

  func cancel(_ batch: PendingBatch) {
    for loop in all { loop.cancel(batch) }
  }

  /// Asks all threads to end, without waiting for them.
  ///
  /// No further loop is created.
  func stop() {
    state.withLock { $0.isStopped = true }
    for loop in all { loop.stop() }
  }

  /// Returns when all threads have ended.
  func stopped() async {
    for loop in all { await loop.stopped() }
  }

  private var all: [CurlLoop] { state.withLock { Array($0.loops.values) } }

  private func loop(for purpose: Purpose) throws(TransportFailure) -> CurlLoop {
    let result = state.withLock { state -> Result<CurlLoop, TransportFailure> in
      if state.isStopped { return .failure(.stopped) }
      if let loop = state.loops[purpose] { return .success(loop) }
      guard let loop = makeLoop(for: purpose) else { return .failure(.noLoop) }
      state.loops[purpose] = loop
      return .success(loop)
    }
    return try result.get()
  }

  private func makeLoop(for purpose: Purpose) -> CurlLoop? {
    switch purpose {
    case .web: CurlLoop(name: "belfry-http", limits: webLimits)
    case .mail: CurlLoop(name: "belfry-mail", limits: mailLimits)
    }
  }
}
