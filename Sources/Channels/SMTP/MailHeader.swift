// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Formats header fields for a message: folded, in ASCII, and with no way to end a field early.
enum MailHeader {
  /// The longest line: RFC 5322 §2.1.1 recommends 78; RFC 2047 §2 allows 76 on a line with an encoded word.
  private static let lineLimit = 76
  /// The longest encoded word (RFC 2047 §2).
  private static let wordLimit = 75

  /// A field of free text, such as a subject.
  static func text(_ name: String, _ text: String) -> String {
    let text = text.oneLine
    let field = isPlain(text) ? folded("\(name): \(text)") : nil
    return field ?? "\(name): " + encodedWords(text, after: name.utf8.count + 2).joined(separator: "\r\n ")
  }

  /// A field of mailboxes, one per line.
  static func addresses(_ name: String, _ mailboxes: [MailAddress]) -> String {
    "\(name): " + mailboxes.map { mailbox($0, after: name.utf8.count + 2) }.joined(separator: ",\r\n ")
  }

  /// The Message-ID in an earlier receipt; nil if the text is not one.
  static func messageID(_ text: String?) -> String? {
    guard let text, text.utf8.count <= 250, text.hasPrefix("<"), text.hasSuffix(">") else { return nil }
    let inner = text.utf8.dropFirst().dropLast()
    let isGraphic = inner.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E }
    return isGraphic && inner.contains(UInt8(ascii: "@")) ? text : nil
  }

  private static func mailbox(_ mailbox: MailAddress, after indent: Int) -> String {
    let name = mailbox.name.oneLine
    guard !name.isEmpty else { return mailbox.address }
    let address = "<\(mailbox.address)>"
    let isShort = isPlain(name) && name.utf8.count <= 50
    let phrase = isShort ? quoted(name) : encodedWords(name, after: indent).joined(separator: "\r\n ")
    let lastLine = (phrase.split(separator: "\r\n ").last?.utf8.count ?? 0) + indent
    return phrase + (lastLine + address.utf8.count < lineLimit ? " " : "\r\n ") + address
  }

  /// An ASCII display name: unchanged if it consists of atoms, otherwise quoted (RFC 5322 §3.2.4).
  private static func quoted(_ name: String) -> String {
    let isAtoms = name.utf8.allSatisfy { byte in
      byte == 0x20 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
    if isAtoms { return name }
    return "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// Whether it is ASCII that no reader could take for an encoded word.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !text.contains("=?")
  }

  /// The field with line breaks before spaces; nil if a word is too long for a line.
  private static func folded(_ field: String) -> String? {
    var lines = [""]
    for word in field.split(separator: " ", omittingEmptySubsequences: false) {
      guard word.utf8.count < lineLimit else { return nil }
      let last = lines.count - 1
      let separator = lines[last].isEmpty ? "" : " "
      if lines[last].utf8.count + separator.utf8.count + word.utf8.count <= lineLimit {
        lines[last] += separator + word
      } else {
        lines.append(" " + word)
      }
    }
    return lines.joined(separator: "\r\n")
  }

  /// The text as Base64 encoded words (RFC 2047), none of which splits a character; `indent` is already used on the
  /// first line.
  private static func encodedWords(_ text: String, after indent: Int) -> [String] {
    var words: [String] = []
    var chunk = ""
    // Four Base64 characters hold three bytes; "=?utf-8?B?" and "?=" take twelve characters.
    func room() -> Int { ((words.isEmpty ? lineLimit - indent : wordLimit) - 12) / 4 * 3 }
    func close() {
      if !chunk.isEmpty { words.append("=?utf-8?B?\(Base64.text(Array(chunk.utf8)))?=") }
      chunk = ""
    }
    for character in text {
      if chunk.utf8.count + character.utf8.count > room() { close() }
      if character.utf8.count <= room() {
        chunk.append(character)
        continue
      }
      for scalar in character.unicodeScalars {
        if chunk.utf8.count + UTF8.width(scalar) > room() { close() }
        chunk.unicodeScalars.append(scalar)
      }
    }
    close()
    return words
  }
}
