// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// A client connection to a local port that sends any bytes at any pace; none of its calls blocks.
package final class HeldConnection: Sendable {
  private struct State {
    var descriptor: CInt
    var received: [UInt8] = []
    var isOver = false
  }

  private let state: Mutex<State>
  /// Its own port.
  let localPort: Int

  /// Connects.
  ///
  /// - Throws: `POSIXError` if the system cannot create a socket, or if nothing listens on the port.
  package init(port: Int) throws {
    let descriptor = try LoopbackSocket.connected(to: port)
    state = Mutex(State(descriptor: descriptor))
    localPort = BelfryTesting.port(of: descriptor, getsockname)
  }

  deinit { hangUp() }

  /// Sends as many of these bytes as possible without waiting.
  ///
  /// - Returns: the number of bytes sent; 0 also if the peer has closed the connection.
  @discardableResult
  package func say(_ bytes: some Sequence<UInt8>) -> Int {
    let bytes = Array(bytes)
    let count = state.withLock { send($0.descriptor, bytes, bytes.count, HeldConnection.sendFlags) }
    return max(0, count)
  }

  /// Sends a short text.
  @discardableResult
  package func say(_ text: String) -> Int { say(text.utf8) }

  /// Everything received so far.
  package var received: [UInt8] { look().received }

  /// Whether the peer has closed the connection.
  package var isOver: Bool { look().isOver }

  /// Waits for a complete answer, removes it from the received bytes, and keeps what follows it.
  ///
  /// - Returns: nil if the peer closes the connection first, or if the limit is reached.
  package func answer(within limit: Duration = .seconds(600)) async -> (status: Int, body: [UInt8])? {
    let deadline = ContinuousClock.now + limit
    while true {
      if let answer = takeAnswer() { return answer }
      guard !isOver, ContinuousClock.now < deadline else { return takeAnswer() }
      do { try await Task.sleep(for: .milliseconds(1)) } catch { return nil }
    }
  }

  /// Sends a request, and waits for the answer.
  package func ask(_ request: String, within limit: Duration = .seconds(600)) async -> (status: Int, body: [UInt8])? {
    var rest = Array(request.utf8)[...]
    let deadline = ContinuousClock.now + limit
    while true {
      rest = rest.dropFirst(say(rest))
      guard !rest.isEmpty, !isOver, ContinuousClock.now < deadline else { break }
      do { try await Task.sleep(for: .milliseconds(1)) } catch { return nil }
    }
    return await answer(within: limit)
  }

  /// Waits until the peer has closed the connection.
  ///
  /// - Returns: whether it did within the limit.
  package func ended(within limit: Duration = .seconds(600)) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while !isOver, ContinuousClock.now < deadline {
      do { try await Task.sleep(for: .milliseconds(1)) } catch { return false }
    }
    return isOver
  }

  /// Closes the connection.
  package func hangUp() {
    state.withLock { state in
      if state.descriptor >= 0 { close(state.descriptor) }
      state.descriptor = -1
      state.isOver = true
    }
  }

  /// Closes the connection with a reset instead of in order.
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
  private static let sendFlags = CInt(MSG_DONTWAIT)
  #else
  private static let sendFlags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
  #endif
}
