// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// An HTTP/1.1 server on a free port of 127.0.0.1 that records what it is asked and answers as a closure says, also
/// badly.
public final class LoopbackHTTPServer: Sendable {
  private let listener: LoopbackListener
  private let record: Recorder<LoopbackRequest>

  /// Begins to listen.
  ///
  /// - Parameter answer: Called on the connection's thread for each request; it may block.
  /// - Throws: `POSIXError` when the system gives no socket.
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
  /// Its address, without a slash at the end.
  public var url: String { "http://127.0.0.1:\(port)" }
  /// Everything it was asked so far.
  public var requests: [LoopbackRequest] { record.all }
  /// How many connections were made to it so far.
  public var accepted: Int { listener.accepted }

  /// Returns when it was asked at least so often, or the task was cancelled.
  public func received(_ count: Int = 1) async { await record.reaches(count) }

  /// Stops listening and cuts every connection.
  public func stop() { listener.stop() }
}

/// A request that a loopback server received.
public struct LoopbackRequest: Sendable {
  /// The method, such as `POST`.
  public var method: String
  /// The path and the query.
  public var target: String
  /// The header fields in their order, names in lower case.
  public var fields: [(name: String, value: String)]
  /// The body as it came.
  public var body: [UInt8]
  /// Which connection it came on, counted from 1.
  public var connection: Int

  /// The first field of that name, whatever its case.
  public subscript(name: String) -> String? {
    fields.first { $0.name == name.lowercased() }?.value
  }

  /// Reads the next request; nil when the connection ends or what comes is no request.
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

/// How a loopback server answers one request.
public indirect enum LoopbackAnswer: Sendable {
  /// A proper answer. `Content-Length` is added, and `Connection: close` closes.
  case reply(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = [])
  /// These bytes and nothing else, then the connection is closed.
  case raw([UInt8])
  /// The answer after a wait.
  case delayed(Duration, LoopbackAnswer)
  /// The answer in pieces of so many bytes, with a wait after each.
  case dripped(bytes: Int, every: Duration, LoopbackAnswer)
  /// So many bytes of the answer, then the connection is closed.
  case cutOff(after: Int, LoopbackAnswer)
  /// No answer: the connection is closed.
  case closed
  /// No answer: the connection is reset.
  case reset
  /// No answer, ever; the connection stays open.
  case silent

  /// A proper answer with a text.
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
