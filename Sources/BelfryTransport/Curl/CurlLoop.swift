// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl
internal import Synchronization

/// A libcurl multi handle on a thread of its own: the door to it, which any thread may use.
///
/// The work itself is `CurlWorker`'s. What crosses the threads is this inbox, and a wake-up when something is put into
/// it.
final class CurlLoop: Sendable {
  struct Limits: Sendable {
    /// Exchanges at a time with one host.
    ///
    /// 32 connections are the fastest on measured machines, more are slower.
    var perHost = 32
    /// Idle connections that are kept, over all hosts.
    var idleConnections = 256
    /// For how long a connection may be idle and is used again: servers and firewalls close idle ones without notice.
    var longestIdle = Transport.longestIdle
  }

  /// What was put in since the worker last looked.
  struct Mail {
    var jobs: [Job] = []
    var cancelled: [Submission] = []
    var isStopping = false
  }

  private struct Inbox {
    var mail = Mail()
    /// Whether the handle can be woken.
    var isOpen = true
    /// Whether everything is closed and the thread about to end.
    var hasStopped = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let inbox = Mutex(Inbox())
  private let multi: MultiHandle

  /// - Returns: nil when the system gives no more memory, sockets or threads.
  init?(name: String, limits: Limits) {
    guard CurlLibrary.isUsable, let pointer = curl_multi_init() else { return nil }
    multi = MultiHandle(pointer: pointer)
    let started = startThread(name: name) { [self] in
      let worker = CurlWorker(loop: self, multi: multi.pointer, limits: limits)
      worker.run()
      finish(worker)
    }
    guard started else {
      curl_multi_cleanup(pointer)
      return nil
    }
  }

  /// Adds jobs.
  ///
  /// Each is answered exactly once, whatever happens.
  func submit(_ jobs: [Job]) {
    let isAccepted = inbox.withLock { inbox in
      guard inbox.isOpen, !inbox.mail.isStopping, !jobs.isEmpty else { return false }
      inbox.mail.jobs += jobs
      wake()
      return true
    }
    guard !isAccepted else { return }
    for job in jobs { job.ticket.answer(.failed(.stopped)) }
  }

  /// Ends what the submission has under way here; each of it is answered with `cancelled`.
  func cancel(_ submission: Submission) {
    inbox.withLock { inbox in
      guard inbox.isOpen else { return }
      inbox.mail.cancelled.append(submission)
      wake()
    }
  }

  /// Asks the thread to end, without waiting for it.
  ///
  /// What is under way is answered with `cancelled`.
  func stop() {
    inbox.withLock { inbox in
      guard inbox.isOpen else { return }
      inbox.mail.isStopping = true
      wake()
    }
  }

  var isStopping: Bool { inbox.withLock { $0.mail.isStopping } }

  /// Returns when the thread has ended and everything it held is closed.
  func stopped() async {
    await withCheckedContinuation { continuation in
      let hasStopped = inbox.withLock { inbox in
        if !inbox.hasStopped { inbox.waiters.append(continuation) }
        return inbox.hasStopped
      }
      if hasStopped { continuation.resume() }
    }
  }

  /// For the worker: empties the inbox.
  func take() -> Mail {
    inbox.withLock { inbox in
      let mail = inbox.mail
      inbox.mail = Mail(isStopping: mail.isStopping)
      return mail
    }
  }

  /// For the worker's thread, as its last act.
  private func finish(_ worker: CurlWorker) {
    // What came in after the worker's last look. From here on nobody wakes the handle.
    let late = inbox.withLock { inbox in
      inbox.isOpen = false
      return inbox.mail.jobs
    }
    for job in late { job.ticket.answer(.failed(.stopped)) }
    worker.close()
    let waiters = inbox.withLock { inbox in
      inbox.hasStopped = true
      defer { inbox.waiters = [] }
      return inbox.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Call with the lock held: the handle is there as long as `isOpen` is true.
  private func wake() { curl_multi_wakeup(multi.pointer) }
}

/// `curl_multi_wakeup` is the one function of libcurl that another thread may call, and the only one called through
/// this; `CurlLoop`'s lock sees to it that the handle still exists.
private struct MultiHandle: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
}

/// libcurl's global state, made once for the process.
///
/// This version of it may be made from any thread.
enum CurlLibrary {
  static let isUsable = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}

extension TransportFailure {
  static let stopped = TransportFailure(.cancelled, "the transport was shut down")
  static let noLoop = TransportFailure(
    .other,
    "libcurl could not be started: no memory, threads or file descriptors are left"
  )
  static let cancelled = TransportFailure(.cancelled, "the exchange was cancelled")
}
