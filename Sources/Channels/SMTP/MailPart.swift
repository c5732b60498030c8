// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A UTF-8 text with its header, encoded as ASCII in lines of at most 76 characters (RFC 2045 §6).
struct MailPart {
  private let type: String
  private let encoding: String
  private let content: [UInt8]

  init(type: String, text: String) {
    self.type = type
    let bytes = Array(text.utf8)
    // Quoted-printable triples the length of non-ASCII text; Base64 adds a third everywhere.
    let foreign = bytes.count { $0 >= 0x80 }
    if foreign * 6 > bytes.count {
      encoding = "base64"
      content = Base64.lines(Array(text.replacing("\n", with: "\r\n").utf8))
    } else {
      encoding = "quoted-printable"
      content = QuotedPrintable.lines(bytes)
    }
  }

  /// The header fields of the part, or of a message that consists of it alone.
  var fields: [String] { ["Content-Type: \(type); charset=utf-8", "Content-Transfer-Encoding: \(encoding)"] }

  /// The content in whole lines, for a message that consists of it alone.
  var lines: [UInt8] { content.suffix(2) == [0x0D, 0x0A] ? content : content + [0x0D, 0x0A] }

  /// The header, an empty line and the content; the last line has no line break.
  var bytes: [UInt8] { Array((fields.joined(separator: "\r\n") + "\r\n\r\n").utf8) + content }

  /// Whether a line begins with the given text.
  func hasLine(beginningWith text: String) -> Bool {
    let start = Array(text.utf8)
    return content.starts(with: start)
      || content.indices.contains { content[$0] == 0x0A && content[($0 + 1)...].starts(with: start) }
  }
}

/// The Base64 encoding of RFC 2045 §6.8.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(_ bytes: [UInt8]) -> String { String(decoding: encoded(bytes), as: UTF8.self) }

  /// Encodes bytes in lines of 76 characters.
  static func lines(_ bytes: [UInt8]) -> [UInt8] {
    let encoded = encoded(bytes)
    var lines: [UInt8] = []
    lines.reserveCapacity(encoded.count + encoded.count / 38 + 2)
    for start in stride(from: 0, to: encoded.count, by: 76) {
      if start > 0 { lines += [0x0D, 0x0A] }
      lines += encoded[start..<min(start + 76, encoded.count)]
    }
    return lines
  }

  private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for index in 0..<4 {
        result.append(index <= group.count ? alphabet[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
      }
    }
    return result
  }
}

/// The quoted-printable encoding of RFC 2045 §6.7.
enum QuotedPrintable {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// Encodes text whose lines end in LF; the bytes of one character stay on one line.
  static func lines(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count * 5 / 4)
    var column = 0
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == 0x0A {
        result += [0x0D, 0x0A]
        column = 0
        position += 1
        continue
      }
      let end = position + length(from: byte)
      let isLineEnd = end >= bytes.count || bytes[end] == 0x0A
      let isPlain = byte >= 0x21 && byte < 0x7F && byte != 0x3D || (byte == 0x20 || byte == 0x09) && !isLineEnd
      let width = isPlain ? 1 : 3 * (end - position)
      // Column 76 is reserved for the soft line break.
      if column + width > (isLineEnd ? 76 : 75) {
        result += [0x3D, 0x0D, 0x0A]
        column = 0
      }
      if isPlain { result.append(byte) } else { for byte in bytes[position..<end] { escape(byte, into: &result) } }
      column += width
      position = end
    }
    return result
  }

  private static func escape(_ byte: UInt8, into result: inout [UInt8]) {
    result.append(0x3D)
    result.append(digits[Int(byte >> 4)])
    result.append(digits[Int(byte & 15)])
  }

  /// The length in bytes of the character that starts with this byte, in valid UTF-8.
  private static func length(from byte: UInt8) -> Int {
    switch byte {
    case ..<0x80: 1
    case ..<0xE0: 2
    case ..<0xF0: 3
    default: 4
    }
  }
}
