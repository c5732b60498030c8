// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTesting
import Foundation

/// Sends exactly these bytes to a local port, whether they are HTTP or not, and reads the answer.
struct RawClient: Sendable {
  let port: Int

  /// Sends a text, and reads until the peer closes.
  ///
  /// With `hangsUp` the connection is closed once everything is sent; with `ends` only the outgoing side.
  func exchange(_ text: String, hangsUp: Bool = false, ends: Bool = false) async throws -> RawAnswer {
    try await exchange(bytes: Array(text.utf8), hangsUp: hangsUp, ends: ends)
  }

  /// The same with bytes.
  func exchange(bytes: [UInt8], hangsUp: Bool = false, ends: Bool = false) async throws -> RawAnswer {
    let port = port
    return try await withCheckedThrowingContinuation { continuation in
      // A separate thread: a queue would use one of those that the server itself needs.
      Thread.detachNewThread {
        continuation.resume(with: Result { try RawClient.blocking(port, bytes, hangsUp, ends) })
      }
    }
  }

  private static func blocking(_ port: Int, _ bytes: [UInt8], _ hangsUp: Bool, _ ends: Bool) throws -> RawAnswer {
    let socket = try LoopbackSocket.connected(to: port)
    defer { close(socket) }
    var limit = timeval(tv_sec: 600, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var rest = bytes[...]
    while !rest.isEmpty {
      // If it is refused early, the connection may be closed while sending: the answer is read all the same.
      let count = rest.withUnsafeBytes {
        Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    if ends { shutdown(socket, Int32(SHUT_WR)) }
    if hangsUp { return RawAnswer([]) }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      answer += buffer[..<count]
    }
    return RawAnswer(answer)
  }
}

/// A parsed answer of a server.
struct RawAnswer: Sendable {
  let status: Int
  /// The headers, with names in lower case.
  let headers: [String: String]
  let body: String
  /// The complete answer.
  let text: String

  init(_ bytes: [UInt8]) {
    text = String(decoding: bytes, as: UTF8.self)
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let lines = parts[0].split(separator: "\r\n").map(String.init)
    status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
    }
    self.headers = headers
    let body = parts.count > 1 ? parts[1] : ""
    self.body = headers["transfer-encoding"] == "chunked" ? RawAnswer.joined(body) : body
  }

  /// The chunks of a body (RFC 9112 §7.1) as one text.
  private static func joined(_ text: String) -> String {
    var rest = Array(text.utf8)[...]
    var body: [UInt8] = []
    while let end = rest.firstIndex(of: UInt8(ascii: "\r")),
      let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), size > 0
    {
      let begin = end + 2
      body += rest[begin..<min(begin + size, rest.endIndex)]
      rest = rest.dropFirst(begin - rest.startIndex + size + 2)
    }
    return String(decoding: body, as: UTF8.self)
  }

  var json: JSONNode? { JSONTree.parse(SourceText(name: "an answer", bytes: Array(body.utf8))).node }
}
