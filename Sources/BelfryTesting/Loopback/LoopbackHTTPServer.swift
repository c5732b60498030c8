// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// An HTTP/1.1 server on a free port of 127.0.0.1 that records its requests and gives the answers, even malformed ones,
/// that a closure returns.
public final class LoopbackHTTPServer: Sendable {
  private let listener: LoopbackListener
  private let record: Recorder<LoopbackRequest>

  /// Starts to listen.
  ///
  /// - Parameter answer: Called on the connection's thread for each request; it may block.
  /// - Throws: `POSIXError` if the system cannot create the socket.
  public init(_ answer: @escaping @Sendable (LoopbackRequest) -> LoopbackAnswer) throws {
    let record = Recorder<LoopbackRequest>()
    self.record = record
    let connections = Mutex(0)
    listener = try LoopbackListener { connection in
      let number = connections.withLock { count in
        count += 1
        return count
      }
      while let request = LoopbackRequest(readFrom: connection, number: number) {
        record.add(request)
        guard answer(request).send(on: connection, isHead: request.method == "HEAD") else { return }
      }
    }
  }

  /// The port it listens on.
  public var port: Int { listener.port }
  /// Its URL, without a trailing slash.
  public var url: String { "http://127.0.0.1:\(port)" }
  /// Every request so far.
  public var requests: [LoopbackRequest] { record.all }
  /// The number of connections so far.
  public var accepted: Int { listener.accepted }

  /// Returns after at least `count` requests, or when the task is cancelled.
  public func received(_ count: Int = 1) async { await record.reaches(count) }

  /// See ``LoopbackListener/clientsHaveEnded()``.
  package func clientsHaveEnded() async throws { try await listener.clientsHaveEnded() }

  /// Stops listening and closes every connection.
  public func stop() { listener.stop() }
}

/// A request that a loopback server received.
public struct LoopbackRequest: Sendable {
  /// The method, such as `POST`.
  public var method: String
  /// The path and the query.
  public var target: String
  /// The header fields in order, with names in lower case.
  public var fields: [(name: String, value: String)]
  /// The body as received.
  public var body: [UInt8]
  /// The number of its connection, counted from 1.
  public var connection: Int

  /// The first field with that name, in any case.
  public subscript(name: String) -> String? {
    fields.first { $0.name == name.lowercased() }?.value
  }

  /// Reads the next request; nil if the connection ends or the bytes are not a request.
  init?(readFrom connection: LoopbackConnection, number: Int) {
    guard let first = connection.readLine() else { return nil }
    let words = first.split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
    method = String(words[0])
    target = String(words[1])
    fields = []
    while let line = connection.readLine(), !line.isEmpty {
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      fields.append((line[..<colon].lowercased(), value))
    }
    body = []
    self.connection = number
    guard let length = self["content-length"].flatMap(Int.init), length > 0 else { return }
    guard let body = connection.read(length) else { return nil }
    self.body = body
  }
}

/// The answer of a loopback server to one request.
public indirect enum LoopbackAnswer: Sendable {
  /// A well-formed answer.
  ///
  /// `Content-Length` is added, and `Connection: close` closes the connection.
  case reply(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = [])
  /// Exactly these bytes; then the connection is closed.
  case raw([UInt8])
  /// The answer after a delay.
  case delayed(Duration, LoopbackAnswer)
  /// The answer in pieces of `bytes` bytes, with a delay after each.
  case dripped(bytes: Int, every: Duration, LoopbackAnswer)
  /// The first `after` bytes of the answer; then the connection is closed.
  case cutOff(after: Int, LoopbackAnswer)
  /// No answer: the connection is closed.
  case closed
  /// No answer: the connection is reset.
  case reset
  /// No answer ever; the connection stays open.
  case silent

  /// A well-formed answer with a text.
  public static func reply(_ status: Int, _ text: String = "", fields: [(name: String, value: String)] = []) -> Self {
    .reply(status: status, fields: fields, body: Array(text.utf8))
  }

  /// Sends it.
  ///
  /// - Returns: whether the connection can carry another request.
  func send(on connection: LoopbackConnection, isHead: Bool) -> Bool {
    switch self {
    case .reply(_, let fields, _):
      let closes = fields.contains { $0.name.lowercased() == "connection" && $0.value.lowercased() == "close" }
      return connection.write(bytes(isHead: isHead)) && !closes
    case .raw:
      connection.write(bytes(isHead: isHead))
    case .delayed(let wait, let answer):
      connection.pause(wait)
      return answer.send(on: connection, isHead: isHead)
    case .dripped(let size, let wait, let answer):
      var rest = answer.bytes(isHead: isHead)[...]
      while !rest.isEmpty, connection.write(Array(rest.prefix(size))) {
        rest = rest.dropFirst(size)
        connection.pause(wait)
      }
    case .cutOff(let count, let answer):
      connection.write(Array(answer.bytes(isHead: isHead).prefix(count)))
    case .closed: break
    case .reset: connection.reset()
    case .silent: connection.waitUntilClosed()
    }
    return false
  }

  private func bytes(isHead: Bool) -> [UInt8] {
    switch self {
    case .reply(let status, let fields, let body):
      let lines = ["HTTP/1.1 \(status) Status"] + fields.map { "\($0.name): \($0.value)" }
      let head = (lines + ["Content-Length: \(body.count)", "", ""]).joined(separator: "\r\n")
      return Array(head.utf8) + (isHead ? [] : body)
    case .raw(let bytes): return bytes
    case .delayed(_, let answer), .dripped(_, _, let answer): return answer.bytes(isHead: isHead)
    case .cutOff(let count, let answer): return Array(answer.bytes(isHead: isHead).prefix(count))
    case .closed, .reset, .silent: return []
    }
  }
}
