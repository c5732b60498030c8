// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Synchronization

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Writes lines on its own thread, so that the writer of a line never waits for the reader.
///
/// A pipe that nobody reads, or a stopped terminal, blocks only that thread. Lines wait in memory. Lines beyond
/// `capacity` are dropped, and one line in their place states how many.
package final class LineWriter: Sendable {
  private struct State {
    var waiting: [UInt8] = []
    /// The number of lines dropped after the waiting ones.
    var dropped = 0
    /// The number of lines dropped before the waiting ones and not reported yet.
    var unsaid = 0
    var isWriting = false
    /// Whether the last write ended in the middle of a line.
    var isMidLine = false
    var isClosed = false
    /// The callers waiting for everything to be written.
    var flushing: [DispatchSemaphore] = []
  }

  private struct Batch {
    var lines: [UInt8]
    var dropped: Int
    var unsaid: Int
  }

  private let descriptor: CInt
  private let capacity: Int
  private let lost: @Sendable (Int) -> String
  private let state = Mutex(State())
  private let work = DispatchSemaphore(value: 0)

  /// Makes a writer whose thread runs until it is closed.
  ///
  /// - Parameters:
  ///   - descriptor: The file to write to. It stays the caller's, and must stay open until `close` has returned true.
  ///   - capacity: The most bytes that wait. As many again may be in the middle of being written.
  ///   - lost: Makes the line that reports how many lines were dropped.
  package init(to descriptor: CInt, capacity: Int = 8 << 20, lost: @escaping @Sendable (Int) -> String) {
    self.descriptor = descriptor
    self.capacity = capacity
    self.lost = lost
    // A delay is better than not running it at all.
    if !startThread(name: "belfry-lines", run) { DispatchQueue.global().async(execute: run) }
  }

  /// Queues a line, without its line break, and returns at once.
  package func write(_ line: String) {
    let wasIdle = state.withLock { state in
      guard !state.isClosed else { return false }
      let wasIdle = state.waiting.isEmpty && state.dropped == 0
      // Once one line is dropped, so are those after it, until there is room for more than the next short one.
      if state.dropped > 0 || state.waiting.count + line.utf8.count + 1 > capacity {
        state.dropped += 1
      } else {
        state.waiting.append(contentsOf: line.utf8)
        state.waiting.append(LineWriter.newline)
      }
      return wasIdle
    }
    if wasIdle { work.signal() }
  }

  /// Waits until everything is written, but no longer than the limit; blocks the calling thread.
  ///
  /// - Returns: whether everything is written.
  @discardableResult
  package func flush(within limit: Duration) -> Bool {
    let done = DispatchSemaphore(value: 0)
    let isIdle = state.withLock { state in
      if state.waiting.isEmpty && state.dropped == 0 && !state.isWriting { return true }
      state.flushing.append(done)
      return false
    }
    return isIdle || done.wait(timeout: .now() + limit / .seconds(1)) == .success
  }

  /// Accepts no more lines and waits until those already accepted are written, but no longer than the limit.
  ///
  /// - Returns: whether everything is written.
  @discardableResult
  package func close(within limit: Duration) async -> Bool {
    state.withLock { $0.isClosed = true }
    work.signal()
    return await onOwnThread(named: "belfry-flush") { self.flush(within: limit) }
  }

  // MARK: - On its own thread

  private static let newline = UInt8(ascii: "\n")
  /// How long the first line after a rest waits for others, in microseconds.
  private static let gathering: UInt32 = 20_000

  private func run() {
    while true {
      let (batch, isOver) = take()
      if let batch {
        put(batch)
      } else if isOver {
        return
      } else {
        work.wait()
        // Lines come in groups, such as a decision and what was sent because of it: they are written together.
        usleep(LineWriter.gathering)
      }
    }
  }

  /// The next batch to write, nil if there is none; and whether no more will follow.
  private func take() -> (batch: Batch?, isOver: Bool) {
    let (batch, isOver, flushed) = state.withLock { state -> (Batch?, Bool, [DispatchSemaphore]) in
      state.isWriting = !state.waiting.isEmpty || state.dropped > 0
      guard state.isWriting else {
        defer { state.flushing = [] }
        return (nil, state.isClosed, state.flushing)
      }
      defer { (state.waiting, state.dropped, state.unsaid) = ([], 0, 0) }
      return (Batch(lines: state.waiting, dropped: state.dropped, unsaid: state.unsaid), false, [])
    }
    for semaphore in flushed { semaphore.signal() }
    return (batch, isOver)
  }

  /// Writes a batch, and reports the lines dropped before and after it.
  ///
  /// Lines that cannot be written, for example to a full disk or a closed pipe, are dropped too.
  private func put(_ batch: Batch) {
    var unsaid = batch.unsaid
    if unsaid > 0, put(lost(unsaid)) { unsaid = 0 }
    let written = put(batch.lines)
    unsaid += batch.lines[written...].count { $0 == LineWriter.newline }
    if batch.dropped > 0, unsaid > 0 || !put(lost(batch.dropped)) { unsaid += batch.dropped }
    state.withLock { [unsaid] in $0.unsaid += unsaid }
  }

  private func put(_ line: String) -> Bool {
    // Ends a line that was only partly written, so that it does not swallow this one.
    let bytes = Array(((state.withLock { $0.isMidLine } ? "\n" : "") + line + "\n").utf8)
    return put(bytes) == bytes.count
  }

  /// - Returns: the number of bytes written.
  private func put(_ bytes: [UInt8]) -> Int {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        system_write(descriptor, UnsafeRawBufferPointer(rebasing: buffer[done...]))
      }
      if count > 0 {
        done += count
        continue
      }
      guard count < 0, errno == EINTR || errno == EAGAIN else { break }
      // Another process that shares the pipe or terminal may have made it nonblocking.
      var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = poll(&ready, 1, -1)
    }
    if done > 0 { state.withLock { [done] in $0.isMidLine = bytes[done - 1] != LineWriter.newline } }
    return done
  }
}

private func system_write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
