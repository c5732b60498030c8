// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Synchronization

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Writes lines on a thread of its own, so that whoever says one never waits for whoever reads it.
///
/// A pipe that nobody reads, or a terminal that was stopped, holds up that thread alone. Lines wait in memory; what is beyond
/// `capacity` is dropped and counted, and how many those were is a line in their place.
package final class LineWriter: Sendable {
  private struct State {
    var waiting: [UInt8] = []
    /// How many lines were dropped behind those that wait.
    var dropped = 0
    /// How many were dropped before them, which could not be said yet.
    var unsaid = 0
    var isWriting = false
    /// Whether what was written last ends within a line.
    var isMidLine = false
    var isClosed = false
    /// Those who wait for everything to be written.
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

  /// Makes a writer, whose thread runs until it is closed.
  ///
  /// - Parameters:
  ///   - descriptor: what is written to; it stays the caller's, and must stay open until `close` has returned true.
  ///   - capacity: how many bytes wait at most. As many again may be under way.
  ///   - lost: the line that says how many were dropped.
  package init(to descriptor: CInt, capacity: Int = 8 << 20, lost: @escaping @Sendable (Int) -> String) {
    self.descriptor = descriptor
    self.capacity = capacity
    self.lost = lost
    // Held up is better than not done at all.
    if !startThread(name: "belfry-lines", run) { DispatchQueue.global().async(execute: run) }
  }

  /// Takes a line, without its line break, and returns at once.
  package func write(_ line: String) {
    let wasIdle = state.withLock { state in
      guard !state.isClosed else { return false }
      let wasIdle = state.waiting.isEmpty && state.dropped == 0
      // Once one is dropped so are those behind it, until there is room for more than the next short one.
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

  /// Waits until everything is written, but no longer than this; it holds up the thread that calls it.
  ///
  /// - Returns: whether it is.
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

  /// Takes no more lines and waits until what was taken is written, but no longer than this.
  ///
  /// - Returns: whether it is.
  @discardableResult
  package func close(within limit: Duration) async -> Bool {
    state.withLock { $0.isClosed = true }
    work.signal()
    return await onOwnThread(named: "belfry-flush") { self.flush(within: limit) }
  }

  // MARK: - On the thread of its own

  private static let newline = UInt8(ascii: "\n")

  private func run() {
    while true {
      let (batch, isOver) = take()
      if let batch { put(batch) } else if isOver { return } else { work.wait() }
    }
  }

  /// What is to be written next; nil while there is nothing, and whether there will be no more.
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

  /// Writes a batch, with what is said of lines that were dropped before and behind it.
  ///
  /// What cannot be written, as on a full disk or to a reader that has gone, is dropped too.
  private func put(_ batch: Batch) {
    var unsaid = batch.unsaid
    if unsaid > 0, put(lost(unsaid)) { unsaid = 0 }
    let written = put(batch.lines)
    unsaid += batch.lines[written...].count { $0 == LineWriter.newline }
    if batch.dropped > 0, unsaid > 0 || !put(lost(batch.dropped)) { unsaid += batch.dropped }
    state.withLock { [unsaid] in $0.unsaid += unsaid }
  }

  private func put(_ line: String) -> Bool {
    // A line of which only the beginning could be written is not to swallow this one.
    let bytes = Array(((state.withLock { $0.isMidLine } ? "\n" : "") + line + "\n").utf8)
    return put(bytes) == bytes.count
  }

  /// - Returns: how many bytes were written.
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
      // Whoever shares the pipe or terminal may have made it so that a call does not wait.
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
