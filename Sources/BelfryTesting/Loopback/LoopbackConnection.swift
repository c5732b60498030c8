// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// The server's end of a connection, for a thread that may block.
public final class LoopbackConnection: Sendable {
  private struct State {
    var isClosed = false
    /// Bytes received and not yet read.
    var received: [UInt8] = []
  }

  private let descriptor: CInt
  private let state = Mutex(State())
  /// The port of the client.
  let peer: Int

  init(descriptor: CInt) {
    self.descriptor = descriptor
    peer = port(of: descriptor, getpeername)
    var on: CInt = 1
    // An answer in two writes must not wait for the acknowledgement of the first.
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
  }

  /// Reads exactly `count` bytes; nil if the peer closes first.
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

  /// Reads a line and removes its LF or CRLF; nil if the peer closes before its end.
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

  /// Sends all bytes.
  ///
  /// - Returns: false if the peer accepts no more.
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

  /// Waits, but no longer than the connection stays open.
  public func pause(_ duration: Duration) {
    var poller = pollfd(fd: descriptor, events: 0, revents: 0)
    poll(&poller, 1, CInt(max(0, min(duration / .milliseconds(1), 1e9))))
  }

  /// Reads and discards everything until the peer closes or the server stops.
  public func waitUntilClosed() {
    while receive() { state.withLock { $0.received = [] } }
  }

  /// Closes both directions, which ends every wait on the connection.
  public func cut() {
    state.withLock { state in
      guard !state.isClosed else { return }
      shutdown(descriptor, CInt(SHUT_RDWR))
    }
  }

  /// Closes it with a reset, like a crashing program.
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

/// The port at one end of a connection: `getsockname` gives the own, `getpeername` the other.
func port(
  of socket: CInt,
  _ name: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
) -> Int {
  var address = sockaddr_in()
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  _ = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(socket, $0, &length) }
  }
  return Int(UInt16(bigEndian: address.sin_port))
}
