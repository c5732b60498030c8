// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// A loop for each mail server, with its own thread and connections, made when its first mail comes.
///
/// libcurl (7.88) waits for the answer to a mail's final dot without giving the thread back. On a shared loop one slow
/// mail server would hold up every other exchange; so it can hold up only its own. It also keeps connections apart that
/// were made with other credentials, other authorities or without TLS, whatever libcurl takes for the same server.
final class MailLoops: Sendable {
  private struct State {
    var loops: [MailServer: CurlLoop] = [:]
    var isStopped = false
  }

  private let state = Mutex(State())
  private let limits: CurlLoop.Limits

  init(limits: CurlLoop.Limits) { self.limits = limits }

  var all: [CurlLoop] { state.withLock { Array($0.loops.values) } }

  /// The server's loop.
  ///
  /// - Throws: when the transport was shut down, or the system gives no thread.
  func loop(for server: MailServer) throws(TransportFailure) -> CurlLoop {
    let result = state.withLock { state -> Result<CurlLoop, TransportFailure> in
      if state.isStopped { return .failure(.stopped) }
      if let loop = state.loops[server] { return .success(loop) }
      guard let loop = CurlLoop(name: "belfry-mail", limits: limits) else { return .failure(.noLoop) }
      state.loops[server] = loop
      return .success(loop)
    }
    return try result.get()
  }

  /// Asks all threads to end, without waiting for them.
  func stop() {
    state.withLock { $0.isStopped = true }
    for loop in all { loop.stop() }
  }
}
