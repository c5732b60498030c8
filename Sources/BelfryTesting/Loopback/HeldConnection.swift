// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// A client's connection to a port of this machine on which any bytes can be said, at any pace; no call of it blocks.
package final class HeldConnection: Sendable {
  private struct State {
    var descriptor: CInt
    var received: [UInt8] = []
    var isOver = false
  }

  private let state: Mutex<State>

  /// Connects.
  ///
  /// - Throws: `POSIXError` when the system gives no socket, or nothing listens there.
  package init(port: Int) throws {
    let descriptor = socket(AF_INET, HeldConnection.streamKind, 0)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EMFILE) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = in_port_t(port).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let error = POSIXErrorCode(rawValue: errno) ?? .ECONNREFUSED
    state = Mutex(State(descriptor: descriptor))
    if result != 0 { throw POSIXError(error) }
  }

  deinit { hangUp() }

  /// Says as many of these bytes as go out without waiting.
  ///
  /// - Returns: how many went out; 0 as well when the other side has ended the connection.
  @discardableResult
  package func say(_ bytes: some Sequence<UInt8>) -> Int {
    let bytes = Array(bytes)
    let count = state.withLock { send($0.descriptor, bytes, bytes.count, HeldConnection.sendFlags) }
    return max(0, count)
  }

  /// Says a short text.
  @discardableResult
  package func say(_ text: String) -> Int { say(text.utf8) }

  /// All that came so far.
  package var received: [UInt8] { look().received }

  /// Whether the other side has ended it.
  package var isOver: Bool { look().isOver }

  /// Waits until an answer has come as a whole, takes it, and leaves what came after it.
  ///
  /// - Returns: nil when the other side ends the connection before, or when this time is over.
  package func answer(within limit: Duration = .seconds(30)) async -> (status: Int, body: [UInt8])? {
    let deadline = ContinuousClock.now + limit
    while true {
      if let answer = takeAnswer() { return answer }
      guard !isOver, ContinuousClock.now < deadline else { return takeAnswer() }
      do { try await Task.sleep(for: .milliseconds(1)) } catch { return nil }
    }
  }

  /// Says all of a text, and waits for the answer.
  package func ask(_ request: String, within limit: Duration = .seconds(30)) async -> (status: Int, body: [UInt8])? {
    var rest = Array(request.utf8)[...]
    let deadline = ContinuousClock.now + limit
    while true {
      rest = rest.dropFirst(say(rest))
      guard !rest.isEmpty, !isOver, ContinuousClock.now < deadline else { break }
      do { try await Task.sleep(for: .milliseconds(1)) } catch { return nil }
    }
    return await answer(within: limit)
  }

  /// Waits until the other side has ended it.
  ///
  /// - Returns: whether it has within this time.
  package func ended(within limit: Duration = .seconds(30)) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while !isOver, ContinuousClock.now < deadline {
      do { try await Task.sleep(for: .milliseconds(1)) } catch { return false }
    }
    return isOver
  }

  /// Ends it.
  package func hangUp() {
    state.withLock { state in
      if state.descriptor >= 0 { close(state.descriptor) }
      state.descriptor = -1
      state.isOver = true
    }
  }

  /// Ends it so that the other side finds it reset, and not ended in order.
  package func reset() {
    state.withLock { state in
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(state.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }
    hangUp()
  }

  private func look() -> State {
    state.withLock { state in
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while !state.isOver {
        let count = recv(state.descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        if count > 0 {
          state.received += buffer[..<count]
        } else if count < 0, errno == EAGAIN || errno == EINTR {
          break
        } else {
          state.isOver = true
        }
      }
      return state
    }
  }

  private func takeAnswer() -> (status: Int, body: [UInt8])? {
    _ = look()
    return state.withLock { state in
      guard let head = state.received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
      let lines = String(decoding: state.received[..<head.lowerBound], as: UTF8.self).split(separator: "\r\n")
      let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
      let status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
      let declared = status / 100 == 1 ? 0 : length.flatMap { Int($0) }
      guard let count = declared, head.upperBound + count <= state.received.count else { return nil }
      let body = Array(state.received[head.upperBound..<head.upperBound + count])
      state.received.removeFirst(head.upperBound + count)
      return (status, body)
    }
  }

  #if canImport(Darwin)
  private static let streamKind = SOCK_STREAM
  private static let sendFlags = CInt(MSG_DONTWAIT)
  #else
  private static let streamKind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
  private static let sendFlags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
  #endif
}
