// SPDX-License-Identifier: Apache-2.0
#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// One connection to a sink: answers each HTTP request or mail command so that the client continues.
struct SinkDialogue {
  /// The same as `Sink.mark`.
  private static let mark: StaticString = "number-"

  private let descriptor: CInt
  private let talk: Sink.Talk
  private var received: [UInt8] = []
  private var isInMessage = false

  init(_ descriptor: CInt, _ talk: Sink.Talk) {
    self.descriptor = descriptor
    self.talk = talk
    if talk == .smtp { say("220 sink\r\n") }
  }

  /// Processes the received bytes; `note` is called with the number of each message.
  ///
  /// - Returns: the number of messages completed; nil if the connection has ended.
  mutating func serve(_ note: ((Int) -> Void)? = nil) -> Int? {
    let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { received += buffer[..<count] }
      return count
    }
    guard count > 0 else { return nil }
    var messages = 0
    var used = 0
    while let end = talk == .http ? requestEnd(from: used) : answerLine(from: used, &messages) {
      if talk == .http {
        messages += 1
        if let note, let start = find(SinkDialogue.mark, from: used), start < end {
          note(received[start...].prefix { (0x30...0x39).contains($0) }.reduce(0) { $0 * 10 + Int($1) - 48 })
        }
        say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
      used = end
    }
    received.removeFirst(used)
    return messages
  }

  private func requestEnd(from start: Int) -> Int? {
    guard let head = find("\r\n\r\n", from: start) else { return nil }
    guard let field = find("Content-Length: ", from: start), field < head else { return head }
    let length = received[field...].prefix { $0 != 13 }.reduce(0) { $0 * 10 + Int($1) - 48 }
    return head + length <= received.count ? head + length : nil
  }

  private mutating func answerLine(from start: Int, _ messages: inout Int) -> Int? {
    guard let end = find(isInMessage ? "\r\n.\r\n" : "\r\n", from: start) else { return nil }
    if isInMessage {
      isInMessage = false
      messages += 1
      say("250 2.0.0 Ok\r\n")
      return end
    }
    switch received[start] {
    case UInt8(ascii: "E"): say("250-sink\r\n250 ENHANCEDSTATUSCODES\r\n")
    case UInt8(ascii: "D"):
      isInMessage = true
      say("354 Go on\r\n")
    case UInt8(ascii: "Q"): say("221 2.0.0 Bye\r\n")
    default: say("250 2.0.0 Ok\r\n")
    }
    return end
  }

  /// The end of the given text after `start`.
  private func find(_ text: StaticString, from start: Int) -> Int? {
    received.withUnsafeBytes { bytes -> Int? in
      let length = text.utf8CodeUnitCount
      guard let base = bytes.baseAddress, bytes.count >= length else { return nil }
      return (start..<max(start, bytes.count - length + 1)).first { memcmp(base + $0, text.utf8Start, length) == 0 }
        .map { $0 + length }
    }
  }

  private func say(_ text: StaticString) {
    send(descriptor, text.utf8Start, text.utf8CodeUnitCount, noSignal)
  }
}

#if canImport(Darwin)
private let noSignal: CInt = 0
#else
private let noSignal = CInt(MSG_NOSIGNAL)
#endif
