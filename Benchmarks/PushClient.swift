// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Sends requests to a server on loopback over kept connections, on one thread so that it costs little.
///
/// Each connection has one request in progress. The next request goes to any free connection and, if there is a pace,
/// not before its time.
struct PushClient {
  struct Outcome {
    /// Seconds from the first request to the last answer.
    var elapsed = 0.0
    /// The number of answers with a status other than 200.
    var refused = 0
    /// When each request was sent, in order.
    var sent: [ContinuousClock.Instant] = []
  }

  let port: Int

  /// Sends all of these requests.
  ///
  /// - Throws: `POSIXError` if it cannot connect, or if a connection ends.
  func make(_ requests: [[UInt8]], over count: Int, every pace: Duration? = nil) throws -> Outcome {
    var connections = try (0..<count).map { _ in try PushConnection(port: port) }
    defer { for connection in connections { connection.hangUp() } }
    var (outcome, next, answered) = (Outcome(), 0, 0)
    let start = ContinuousClock.now
    while answered < requests.count {
      for index in connections.indices where connections[index].isFree && next < requests.count {
        if let pace, start + pace * next > .now { break }
        outcome.sent.append(.now)
        try connections[index].begin(requests[next])
        next += 1
      }
      wait(for: connections, until: next < requests.count ? pace.map { start + $0 * next } : nil)
      for index in connections.indices where !connections[index].isFree {
        guard let status = try connections[index].goOn() else { continue }
        answered += 1
        if status != 200 { outcome.refused += 1 }
      }
    }
    outcome.elapsed = (ContinuousClock.now - start).inSeconds
    return outcome
  }

  private func wait(for connections: [PushConnection], until due: ContinuousClock.Instant?) {
    var polled = connections.filter { !$0.isFree }.map(\.polled)
    guard let due, connections.contains(where: \.isFree) else {
      poll(&polled, nfds_t(polled.count), 1_000)
      return
    }
    let left = due - .now
    guard left > .zero else { return }
    // poll(2) only knows milliseconds, and polling in a loop would take processor time from what is measured.
    if left < .milliseconds(1) {
      usleep(UInt32(left / .microseconds(1)))
    } else {
      poll(&polled, nfds_t(polled.count), CInt(left / .milliseconds(1)))
    }
  }

  /// Sends a GET request, and reads the whole answer.
  ///
  /// - Returns: the status and the number of bytes received; nil if nothing listens.
  func get(_ path: String) -> (status: Int, bytes: Int)? {
    guard let connection = try? PushConnection(port: port) else { return nil }
    defer { connection.hangUp() }
    let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    guard send(connection.descriptor, request, request.utf8.count, PushConnection.flags) > 0 else { return nil }
    var (head, bytes, buffer) = ([UInt8](), 0, [UInt8](repeating: 0, count: 1 << 16))
    while true {
      var polled = [connection.polled]
      poll(&polled, 1, 60_000)
      let count = recv(connection.descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      if head.count < 64 { head += buffer[..<count] }
      bytes += count
    }
    let words = String(decoding: head.prefix(64), as: UTF8.self).split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0, bytes) : nil
  }

  /// A port on which nothing listens.
  static func freePort() throws -> Int {
    let sink = try Sink(.http)
    defer { sink.stop() }
    return sink.port
  }
}

/// One of its connections; it never blocks.
struct PushConnection {
  let descriptor: CInt
  private var rest: ArraySlice<UInt8> = []
  private var received: [UInt8] = []
  private(set) var isFree = true

  init(port: Int) throws {
    descriptor = socket(AF_INET, streamKind, 0)
    guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = in_port_t(port).bigEndian
    let descriptor = descriptor
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else {
      close(descriptor)
      throw POSIXError(.ECONNREFUSED)
    }
    var on: CInt = 1
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  var polled: pollfd { pollfd(fd: descriptor, events: Int16(rest.isEmpty ? POLLIN : POLLOUT), revents: 0) }

  mutating func begin(_ request: [UInt8]) throws {
    rest = request[...]
    isFree = false
    try write()
  }

  /// Writes or reads as much as possible.
  ///
  /// - Returns: the status, once the answer has arrived.
  mutating func goOn() throws -> Int? {
    if !rest.isEmpty { try write() }
    var buffer = (0, [UInt8](repeating: 0, count: 4_096))
    buffer.0 = recv(descriptor, &buffer.1, buffer.1.count, 0)
    if buffer.0 < 0, errno == EAGAIN { return nil }
    guard buffer.0 > 0 else { throw POSIXError(.ECONNRESET) }
    received += buffer.1[..<buffer.0]
    return takeAnswer()
  }

  func hangUp() { close(descriptor) }

  private mutating func write() throws {
    let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, PushConnection.flags) }
    if count < 0, errno == EAGAIN { return }
    guard count >= 0 else { throw POSIXError(.ECONNRESET) }
    rest = rest.dropFirst(count)
  }

  private mutating func takeAnswer() -> Int? {
    let text = String(decoding: received, as: UTF8.self)
    guard let head = text.firstRange(of: "\r\n\r\n") else { return nil }
    let lines = text[..<head.lowerBound].split(separator: "\r\n")
    let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
    guard text[head.upperBound...].utf8.count >= length.flatMap({ Int($0) }) ?? 0 else { return nil }
    received = []
    isFree = true
    return lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }

  #if canImport(Darwin)
  static let flags: CInt = 0
  #else
  static let flags = CInt(MSG_NOSIGNAL)
  #endif
}
