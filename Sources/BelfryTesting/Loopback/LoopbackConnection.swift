// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// The server's end of a connection, for a thread that may block.
public final class LoopbackConnection: Sendable {
  private struct State {
    var isClosed = false
    /// What was received and not yet taken.
    var received: [UInt8] = []
  }

  private let descriptor: CInt
  private let state = Mutex(State())

  init(descriptor: CInt) {
    self.descriptor = descriptor
    var on: CInt = 1
    // An answer in two writes must not wait for the acknowledgement of the first.
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
  }

  /// Reads exactly `count` bytes; nil when the other side closed before.
  public func read(_ count: Int) -> [UInt8]? {
    while true {
      let taken = state.withLock { state -> [UInt8]? in
        guard state.received.count >= count else { return nil }
        defer { state.received.removeFirst(count) }
        return Array(state.received.prefix(count))
      }
      if let taken { return taken }
      guard receive() else { return nil }
    }
  }

  /// Reads a line and takes off its LF or CRLF; nil when the other side closed before it ended.
  public func readLine() -> String? {
    while true {
      let line = state.withLock { state -> [UInt8]? in
        guard let end = state.received.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { state.received.removeFirst(end + 1) }
        return Array(state.received[..<end])
      }
      if let line { return String(decoding: line.last == 13 ? line.dropLast() : line[...], as: UTF8.self) }
      guard receive() else { return nil }
    }
  }

  /// Sends all of it.
  ///
  /// - Returns: false when the other side takes no more.
  @discardableResult
  public func write(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  /// Sends a text.
  @discardableResult
  public func write(_ text: String) -> Bool { write(Array(text.utf8)) }

  /// Waits, but no longer than the connection lasts.
  public func pause(_ duration: Duration) {
    var poller = pollfd(fd: descriptor, events: 0, revents: 0)
    poll(&poller, 1, CInt(max(0, min(duration / .milliseconds(1), 1e9))))
  }

  /// Takes in and throws away until the other side closes or the server stops.
  public func waitUntilClosed() {
    while receive() { state.withLock { $0.received = [] } }
  }

  /// Ends both directions, so that every wait on it ends.
  public func cut() {
    state.withLock { state in
      guard !state.isClosed else { return }
      shutdown(descriptor, CInt(SHUT_RDWR))
    }
  }

  /// Ends it with a reset, as a program that crashes may.
  public func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  func close() {
    state.withLock { state in
      guard !state.isClosed else { return }
      state.isClosed = true
      Foundation.close(descriptor)
    }
  }

  /// Waits for more bytes; false at the end.
  private func receive() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      state.withLock { $0.received += buffer[..<count] }
      return true
    }
  }
}

#if canImport(Darwin)
private let noSignal: CInt = 0
#else
private let noSignal = CInt(MSG_NOSIGNAL)
#endif
