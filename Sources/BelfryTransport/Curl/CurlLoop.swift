// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl
internal import Synchronization

/// A libcurl multi handle that runs on its own thread; any thread may call this type.
///
/// `CurlWorker` does the work. The two share only this inbox, and submitting something wakes the worker.
final class CurlLoop: Sendable {
  struct Limits: Sendable {
    /// The most concurrent exchanges with one host.
    ///
    /// 32 connections were the fastest in measurements; more are slower.
    var perHost = 32
    /// The most idle connections kept, over all hosts.
    var idleConnections = 256
    /// How long an idle connection is reused.
    ///
    /// Servers and firewalls close idle connections without notice.
    var longestIdle = SystemTransport.longestIdle
  }

  /// The requests that arrived since the worker last emptied the inbox.
  struct Mail {
    var jobs: [TransferRequest] = []
    var cancelled: [PendingBatch] = []
    var isStopping = false
  }

  private struct Inbox {
    var mail = Mail()
    /// Whether the worker will empty it once more.
    var isOpen = true
    /// Whether everything is closed and the thread is about to end.
    var hasStopped = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let inbox = Mutex(Inbox())
  private let multi: MultiHandle
  /// Whether the handle can be woken.
  ///
  /// It has a lock of its own: the worker wakes up to read the inbox, and would wait for the end of the call that wakes
  /// it.
  private let canWake = Mutex(true)

  /// - Returns: nil if the system has no memory, sockets or threads left.
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

  /// Queues jobs.
  ///
  /// Each is answered exactly once, whatever happens.
  func submit(_ jobs: [TransferRequest]) {
    let isAccepted = inbox.withLock { inbox in
      guard inbox.isOpen, !inbox.mail.isStopping, !jobs.isEmpty else { return false }
      inbox.mail.jobs += jobs
      return true
    }
    guard !isAccepted else { return wake() }
    for job in jobs { job.pending.answer(.failed(.stopped)) }
  }

  /// Cancels the batch's exchanges on this loop; each is answered with `cancelled`.
  func cancel(_ batch: PendingBatch) {
    inbox.withLock { inbox in if inbox.isOpen { inbox.mail.cancelled.append(batch) } }
    wake()
  }

  /// Asks the thread to end, without waiting for it.
  ///
  /// Unfinished exchanges are answered with `cancelled`.
  func stop() {
    inbox.withLock { inbox in if inbox.isOpen { inbox.mail.isStopping = true } }
    wake()
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

  /// Empties the inbox; called by the worker.
  func take() -> Mail {
    inbox.withLock { inbox in
      let mail = inbox.mail
      inbox.mail = Mail(isStopping: mail.isStopping)
      return mail
    }
  }

  /// Ends the loop; the last call on the worker's thread.
  private func finish(_ worker: CurlWorker) {
    // Jobs that arrived after the worker last emptied the inbox. From here on, nothing wakes the handle.
    let late = inbox.withLock { inbox in
      inbox.isOpen = false
      return inbox.mail.jobs
    }
    for job in late { job.pending.answer(.failed(.stopped)) }
    canWake.withLock { $0 = false }
    worker.close()
    let waiters = inbox.withLock { inbox in
      inbox.hasStopped = true
      defer { inbox.waiters = [] }
      return inbox.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Wakes the worker, if the handle still exists.
  private func wake() { canWake.withLock { canWake in if canWake { curl_multi_wakeup(multi.pointer) } } }
}

/// A multi handle of which other threads call only `curl_multi_wakeup`, the one libcurl function that permits it.
///
/// A lock of `CurlLoop` ensures that the handle still exists.
private struct MultiHandle: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
}

/// libcurl's global state, created once per process.
///
/// This version of libcurl allows any thread to create it.
enum CurlLibrary {
  static let isUsable = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}

extension TransportFailure {
  static let stopped = TransportFailure(.cancelled, "the transport was shut down")
  static let noLoop = TransportFailure(
    .other,
    "libcurl could not be started: out of memory, threads or file descriptors"
  )
  static let cancelled = TransportFailure(.cancelled, "the exchange was cancelled")
}
