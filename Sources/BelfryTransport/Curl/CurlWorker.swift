// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import CCurl

/// The thread side of a `CurlLoop`: owns the multi handle and everything on it.
///
/// It never leaves its thread.
final class CurlWorker {
  private struct Running {
    let handle: EasyHandle
    let transfer: any Transfer
    let door: OpenSockets.SocketContext
    let job: TransferRequest
    let queue: String
    /// Whether this is the second try, on a new connection.
    let isFresh: Bool
  }

  private let loop: CurlLoop
  private let multi: UnsafeMutableRawPointer
  private let limits: CurlLoop.Limits
  private let sockets = OpenSockets()
  private var queues: [String: HostQueue] = [:]
  private var running: [UnsafeMutableRawPointer: Running] = [:]
  private var spareHandles: [EasyHandle] = []

  init(loop: CurlLoop, multi: UnsafeMutableRawPointer, limits: CurlLoop.Limits) {
    self.loop = loop
    self.multi = multi
    self.limits = limits
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.idleConnections)
    ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits.idleConnections)
  }

  /// Runs exchanges until asked to stop.
  func run() {
    while true {
      let mail = loop.take()
      admit(mail.jobs)
      for batch in mail.cancelled { abandon(.cancelled) { $0.batch === batch } }
      if mail.isStopping { break }
      perform()
      // Waits for a socket, libcurl's next timeout or a wake-up, whichever comes first. When idle, it keeps sleeping.
      if !collect() { curl_multi_poll(multi, nil, 0, 600_000, nil) }
    }
    abandon(.stopped) { _ in true }
  }

  /// Closes all connections.
  func close() {
    sockets.stopReceiving()
    curl_multi_cleanup(multi)
    spareHandles = []
  }

  private func admit(_ jobs: [TransferRequest]) {
    for job in jobs {
      queues[job.queue, default: HostQueue()].enqueue(job)
      beginNext(in: job.queue)
    }
  }

  private func beginNext(in queue: String) {
    while let job = queues[queue]?.begin(limit: limits.perHost) {
      if job.pending.batch.isCancelled {
        finish(job.pending, in: queue, with: .failed(.cancelled))
      } else {
        begin(job, in: queue)
      }
    }
    if queues[queue]?.isEmpty == true { queues[queue] = nil }
  }

  private func begin(_ job: TransferRequest, in queue: String, isFresh: Bool = false) {
    guard let handle = spareHandles.popLast() ?? EasyHandle() else {
      return finish(job.pending, in: queue, with: .failed(TransportFailure(.other, "out of memory")))
    }
    handle.reset()
    let transfer = job.makeTransfer { [loop] in loop.isStopping }
    transfer.prepare(handle)
    let door = sockets.attach(to: handle, through: transfer.gate)
    handle.set(CURLOPT_FRESH_CONNECT, isFresh || job.needsGreeting)
    handle.set(CURLOPT_MAXAGE_CONN, Int(limits.longestIdle.components.seconds))
    let code = curl_multi_add_handle(multi, handle.pointer)
    guard code == CURLM_OK else {
      let text = String(cString: curl_multi_strerror(code))
      return finish(job.pending, in: queue, with: .failed(TransportFailure(.other, text)))
    }
    running[handle.pointer] = Running(
      handle: handle,
      transfer: transfer,
      door: door,
      job: job,
      queue: queue,
      isFresh: isFresh
    )
  }

  private func finish(_ pending: PendingReply, in queue: String, with reply: Reply) {
    queues[queue]?.end()
    pending.answer(reply)
  }

  private func perform() {
    var count: Int32 = 0
    curl_multi_perform(multi, &count)
  }

  /// Answers the exchanges that ended and starts the next ones.
  ///
  /// - Returns: whether any had ended.
  private func collect() -> Bool {
    var left: Int32 = 0
    var found = false
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle else { continue }
      let result = message.pointee.data.result
      guard let ended = running.removeValue(forKey: pointer) else { continue }
      found = true
      if !ended.isFresh, ended.transfer.wantsFreshConnection(after: result, on: ended.handle) {
        release(ended.handle)
        begin(ended.job, in: ended.queue, isFresh: true)
      } else {
        let reply = ended.transfer.reply(after: result, on: ended.handle)
        release(ended.handle)
        finish(ended.job.pending, in: ended.queue, with: reply)
      }
      beginNext(in: ended.queue)
    }
    return found
  }

  private func release(_ handle: EasyHandle) {
    curl_multi_remove_handle(multi, handle.pointer)
    spareHandles.append(handle)
  }

  /// Ends the chosen exchanges, waiting ones first, so that none of them takes a slot that becomes free.
  private func abandon(_ failure: TransportFailure, where isChosen: (PendingReply) -> Bool) {
    for queue in Array(queues.keys) {
      for job in queues[queue]?.removeWaiting(where: { isChosen($0.pending) }) ?? [] {
        job.pending.answer(.failed(failure))
      }
    }
    for ended in running.values.filter({ isChosen($0.job.pending) }) {
      running[ended.handle.pointer] = nil
      release(ended.handle)
      finish(ended.job.pending, in: ended.queue, with: .failed(failure))
    }
    for queue in Array(queues.keys) { beginNext(in: queue) }
  }
}
