// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A message as a strict receiver reads it (RFC 5322, 2045 to 2047); independent of the code that composes it.
struct ParsedMail {
  private var fields: [(name: String, value: String)] = []
  private var parts: [(type: String, text: String)] = []

  private static let known: Set<String> = [
    "date", "from", "to", "cc", "subject", "message-id", "in-reply-to", "references", "auto-submitted",
    "x-auto-response-suppress", "mime-version", "content-type",
  ]

  init(_ bytes: [UInt8]) {
    let lines = ParsedMail.lines(bytes)
    let end = lines.firstIndex(of: "") ?? lines.endIndex
    fields = ParsedMail.fields(lines[..<end])
    let names = fields.map { $0.name.lowercased() }
    for name in names {
      expect(ParsedMail.known.contains(name), "a field \(name)")
      expect(names.count { $0 == name } == 1, "two fields \(name)")
    }
    for name in ["date", "from", "to", "subject", "message-id", "mime-version"] {
      expect(names.contains(name), "a field \(name)")
    }
    readParts(lines[end...].dropFirst())
  }

  subscript(name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

  /// A field of free text, decoded.
  func text(_ name: String) -> String { ParsedMail.decoded(self[name]) }

  /// A field of one mailbox: `Name <address>`, without quotes.
  func mailbox(_ name: String) -> String {
    let value = self[name]
    guard let bracket = value.lastIndex(of: "<") else { return value }
    let phrase = String(value[..<bracket]).trimmed
    guard phrase.first == "\"", phrase.last == "\"", phrase.count > 1 else {
      return ParsedMail.decoded(String(phrase)) + " " + value[bracket...]
    }
    var text = ""
    var isEscaped = false
    for character in phrase.dropFirst().dropLast() {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        expect(character != "\"" || isEscaped, "a quote ends early")
        text.append(character)
        isEscaped = false
      }
    }
    return text + " " + value[bracket...]
  }

  func part(_ type: String) -> String { parts.first { $0.type == type }?.text ?? "" }

  /// The lines: each ends in CRLF, is ASCII, and has at most 998 characters.
  private static func lines(_ bytes: [UInt8]) -> [String] {
    expect(bytes.suffix(2) == [0x0D, 0x0A], "the last line ends in CRLF")
    var lines: [String] = []
    var line: [UInt8] = []
    var previous: UInt8 = 0
    for byte in bytes {
      defer { previous = byte }
      expect((byte == 0x0A) == (previous == 0x0D), "a CR or LF alone")
      if byte == 0x0A {
        line.removeLast()
        expect(line.count <= 998, "a line of \(line.count)")
        lines.append(String(decoding: line, as: UTF8.self))
        line = []
      } else {
        expect(byte > 0 && byte < 0x80, "a byte \(byte)")
        line.append(byte)
      }
    }
    return lines
  }

  /// The fields, unfolded: line breaks are removed, the space after them stays.
  private static func fields(_ lines: some Sequence<String>) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    for line in lines {
      if line.hasPrefix(" ") || line.hasPrefix("\t") {
        expect(!fields.isEmpty, "the header begins with a space")
        expect(line.utf8.contains { $0 != 0x20 && $0 != 0x09 }, "a folded line of spaces alone")
        fields[fields.count - 1].value += line
      } else {
        guard let colon = line.firstIndex(of: ":") else { fatalError("a line without a name: \(line)") }
        let name = String(line[..<colon])
        expect(!name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a name \(name.debugDescription)")
        fields.append((name, String(line[line.index(after: colon)...].drop { $0 == " " })))
      }
    }
    return fields
  }

  private mutating func readParts(_ lines: some Sequence<String>) {
    let type = self["Content-Type"]
    guard type.hasPrefix("multipart/alternative;"), let quote = type.firstIndex(of: "\"") else { fatalError(type) }
    let boundary = "--" + type[type.index(after: quote)...].prefix { $0 != "\"" }
    var pieces: [[String]] = []
    var isClosed = false
    for line in lines {
      if line.hasPrefix(boundary) {
        expect(!isClosed && (line == boundary || line == boundary + "--"), "a boundary \(line)")
        isClosed = line != boundary
        if !isClosed { pieces.append([]) }
      } else {
        expect(!pieces.isEmpty && !isClosed, "a line outside of the parts: \(line)")
        pieces[pieces.count - 1].append(line)
      }
    }
    expect(isClosed && pieces.count == 2, "\(pieces.count) parts")
    for piece in pieces { readPart(piece) }
  }

  private mutating func readPart(_ lines: [String]) {
    let end = lines.firstIndex(of: "") ?? lines.endIndex
    let fields = ParsedMail.fields(lines[..<end])
    expect(fields.map(\.name) == ["Content-Type", "Content-Transfer-Encoding"], "a part's header: \(fields)")
    let type = fields[0].value.split(separator: ";")
    expect(type.last == " charset=utf-8", "\(type)")
    let content = lines[end...].dropFirst()
    for line in content { expect(line.utf8.count <= 76, "a line of \(line.utf8.count) in a part") }
    let bytes =
      fields[1].value == "base64" ? Decoding.base64(content.joined()) : Decoding.quotedPrintable(Array(content))
    guard let text = String(validating: bytes, as: UTF8.self) else { fatalError("a part is no UTF-8") }
    // In a String a CRLF is one character, so it is replaced as a whole.
    parts.append((String(type[0]), text.replacing("\r\n", with: "\n")))
  }

  /// Decodes encoded words in plain text (RFC 2047): the space between two of them is not part of the text.
  private static func decoded(_ value: String) -> String {
    var text = ""
    var wasEncoded = false
    for word in value.split(separator: " ", omittingEmptySubsequences: false) {
      let isEncoded = word.hasPrefix("=?utf-8?B?") && word.hasSuffix("?=")
      if !text.isEmpty || wasEncoded, !(isEncoded && wasEncoded) { text += " " }
      if isEncoded {
        expect(word.utf8.count <= 75, "an encoded word of \(word.utf8.count)")
        guard let decoded = String(validating: Decoding.base64(String(word.dropFirst(10).dropLast(2))), as: UTF8.self)
        else { fatalError("an encoded word splits a character: \(word)") }
        text += decoded
      } else {
        text += word
      }
      wasEncoded = isEncoded
    }
    return text
  }
}

/// Decodes Content-Transfer-Encodings.
enum Decoding {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func base64(_ text: String) -> [UInt8] {
    expect(text.utf8.count % 4 == 0, "Base64 of \(text.utf8.count) characters")
    var bytes: [UInt8] = []
    var (bits, count) = (0, 0)
    for byte in text.utf8 where byte != UInt8(ascii: "=") {
      guard let value = alphabet.firstIndex(of: byte) else { fatalError("\(byte) in Base64") }
      (bits, count) = ((bits << 6 | value) & 0xFFFFFF, count + 6)
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(bits >> count & 0xFF))
      }
    }
    return bytes
  }

  static func quotedPrintable(_ lines: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, line) in lines.enumerated() {
      var rest = Array(line.utf8)[...]
      expect(rest.last != 0x20 && rest.last != 0x09, "a line ends in a space")
      let isSoft = rest.last == UInt8(ascii: "=")
      if isSoft { rest.removeLast() }
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "=") else {
          bytes.append(byte)
          continue
        }
        guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
          fatalError("an escape in \(line)")
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
      }
      if !isSoft, index < lines.count - 1 { bytes += [0x0D, 0x0A] }
    }
    return bytes
  }
}
