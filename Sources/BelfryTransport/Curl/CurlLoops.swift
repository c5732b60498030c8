// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// The loops of a transport, each made when its first exchange comes: one for HTTP, one for HTTP under each policy of
/// addresses, and one for each mail server.
///
/// A kept connection is used again without asking where it leads. So an exchange under a policy can meet only connections
/// that were made under the same one.
///
/// libcurl (7.88) waits for the answer to a mail's final dot without giving the thread back. On a shared loop one slow
/// mail server would hold up every other exchange; so it can hold up only its own. It also keeps connections apart that
/// were made with other credentials, other authorities or without TLS, whatever libcurl takes for the same server.
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

  /// Begins something and waits for the replies to it; ends it when the task is cancelled.
  func replies(
    to count: Int,
    _ begin: (Submission) -> Void,
    onCancel: @escaping @Sendable (Submission) -> Void = { _ in }
  ) async -> [Reply] {
    let submission = Submission(count: count)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        submission.wait(continuation)
        begin(submission)
      }
    } onCancel: {
      submission.cancel()
      cancel(submission)
      onCancel(submission)
    }
  }

  /// Begins the jobs, or answers them with why they cannot begin.
  func submit(_ jobs: [Job], for purpose: Purpose) {
    guard !jobs.isEmpty else { return }
    do throws(TransportFailure) {
      try loop(for: purpose).submit(jobs)
    } catch {
      for job in jobs { job.ticket.answer(.failed(error)) }
    }
  }

  func cancel(_ submission: Submission) {
    for loop in all { loop.cancel(submission) }
  }

  /// Asks all threads to end, without waiting for them.
  ///
  /// No loop is made any more.
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
