// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// A server on a free port of 127.0.0.1 for tests that passes each connection to a closure, on its own thread.
///
/// The closure may block; `stop()` ends every wait on its connections. The port is in use from `init` until `stop()`.
public final class LoopbackListener: Sendable {
  private struct State {
    var isStopped = false
    var connections: [Int: LoopbackConnection] = [:]
    var accepted = 0
  }

  /// The port it listens on.
  public let port: Int
  private let socket: CInt
  private let state: Mutex<State>
  private let serve: @Sendable (LoopbackConnection) -> Void

  /// Starts to listen.
  ///
  /// - Parameter serve: Serves one connection, which is closed when it returns.
  /// - Throws: `POSIXError` if the system cannot create the socket.
  public init(_ serve: @escaping @Sendable (LoopbackConnection) -> Void) throws {
    let (socket, port) = try LoopbackListener.listen()
    self.port = port
    self.serve = serve
    self.socket = socket
    state = Mutex(State())
    Thread.detachNewThread { [weak self] in
      // Closed only here: if it were closed elsewhere, its number could belong to another socket by the time this
      // thread uses it.
      defer { Foundation.close(socket) }
      while let connection = LoopbackListener.accept(on: socket) {
        guard let self, self.begin(connection) else { return connection.close() }
      }
      self?.state.withLock { $0.isStopped = true }
    }
  }

  deinit { stop() }

  /// The number of connections so far.
  public var accepted: Int { state.withLock(\.accepted) }

  /// Returns when everything that its clients had sent before they ended is received and every connection is over.
  ///
  /// A process that was killed leaves requests on their way: in a connection that is not accepted yet, or not read.
  package func clientsHaveEnded() async throws {
    let earlier = accepted
    // Connections are accepted in their order: the earlier ones are when this one is.
    let last = try HeldConnection(port: port)
    let isAccepted = { self.state.withLock { $0.connections.contains { $0 > earlier && $1.peer == last.localPort } } }
    while !isAccepted() { try await Task.sleep(for: .milliseconds(1)) }
    last.hangUp()
    while !state.withLock(\.connections.isEmpty) { try await Task.sleep(for: .milliseconds(1)) }
  }

  /// Stops listening and closes every connection.
  public func stop() {
    let connections = state.withLock { state in
      guard !state.isStopped else { return [LoopbackConnection]() }
      state.isStopped = true
      // Refuses new connections, and ends the wait in `accept`.
      shutdown(socket, CInt(SHUT_RDWR))
      return Array(state.connections.values)
    }
    for connection in connections { connection.cut() }
  }

  private func begin(_ connection: LoopbackConnection) -> Bool {
    let number = state.withLock { state -> Int? in
      guard !state.isStopped else { return nil }
      state.accepted += 1
      state.connections[state.accepted] = connection
      return state.accepted
    }
    guard let number else { return false }
    Thread.detachNewThread { [serve, weak self] in
      serve(connection)
      self?.state.withLock { _ = $0.connections.removeValue(forKey: number) }
      connection.close()
    }
    return true
  }

  private static func accept(on socket: CInt) -> LoopbackConnection? {
    while true {
      let descriptor = Foundation.accept(socket, nil, nil)
      if descriptor >= 0 {
        // A program that a test starts must not keep the connection open.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return LoopbackConnection(descriptor: descriptor)
      }
      guard errno == EINTR || errno == ECONNABORTED else { return nil }
    }
  }

  private static func listen() throws -> (socket: CInt, port: Int) {
    let (socket, port) = try bind()
    guard Foundation.listen(socket, 512) == 0 else {
      Foundation.close(socket)
      throw POSIXError(.EADDRINUSE)
    }
    return (socket, port)
  }

  /// Makes a socket with a free port of its own.
  static func bind() throws -> (socket: CInt, port: Int) {
    #if canImport(Darwin)
    let kind = SOCK_STREAM
    #else
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    #endif
    let descriptor = Foundation.socket(AF_INET, kind, 0)
    guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        Foundation.bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    guard isBound else {
      Foundation.close(descriptor)
      throw POSIXError(.EADDRINUSE)
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }
}
