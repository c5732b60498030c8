// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A text in UTF-8 with its header, encoded so that only ASCII in lines of at most 76 is left (RFC 2045 §6).
struct MailPart {
  private let type: String
  private let encoding: String
  private let content: [UInt8]

  init(type: String, text: String) {
    self.type = type
    let bytes = Array(text.utf8)
    // Quoted-printable is three times as long where text is not ASCII, Base64 a third longer everywhere.
    let foreign = bytes.count { $0 >= 0x80 }
    if foreign * 6 > bytes.count {
      encoding = "base64"
      content = Base64.lines(Array(text.replacing("\n", with: "\r\n").utf8))
    } else {
      encoding = "quoted-printable"
      content = QuotedPrintable.lines(text)
    }
  }

  /// Header, empty line and content; the last line has no line break of its own.
  var bytes: [UInt8] {
    let header = "Content-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n"
    return Array(header.utf8) + content
  }

  /// Whether a line begins with a text.
  func hasLine(beginningWith text: String) -> Bool {
    let start = Array(text.utf8)
    return content.starts(with: start)
      || content.indices.contains { content[$0] == 0x0A && content[($0 + 1)...].starts(with: start) }
  }
}

/// RFC 2045 §6.8.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(_ bytes: [UInt8]) -> String { String(decoding: encoded(bytes), as: UTF8.self) }

  /// Lines of 76.
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

/// RFC 2045 §6.7.
enum QuotedPrintable {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// Encodes text whose lines end in LF; the bytes of a character stay on one line.
  static func lines(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count * 5 / 4)
    var column = 0
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if scalar == "\n" {
        result += [0x0D, 0x0A]
        column = 0
        continue
      }
      let isLineEnd = scalars.first == "\n" || scalars.isEmpty
      let token = token(scalar, isLineEnd: isLineEnd)
      // The 76th column is the soft break's.
      if column + token.count > (isLineEnd ? 76 : 75) {
        result += [UInt8(ascii: "="), 0x0D, 0x0A]
        column = 0
      }
      result += token
      column += token.count
    }
    return result
  }

  private static func token(_ scalar: Unicode.Scalar, isLineEnd: Bool) -> [UInt8] {
    switch scalar {
    case "=": break
    case " ", "\t": if !isLineEnd { return [UInt8(ascii: scalar)] }
    case "!"..."~": return [UInt8(ascii: scalar)]
    default: break
    }
    return Array(String(scalar).utf8).flatMap { [UInt8(ascii: "="), digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }
}
