// SPDX-License-Identifier: Apache-2.0

/// Writes JSON into a buffer that is reused for the next text.
///
/// It adds commas, colons and line breaks; the caller must open and close brackets and write names correctly.
public struct JSONWriter: Sendable {
  /// The layout of the text.
  public enum Form: Sendable, Hashable {
    /// Without any white space.
    case compact
    /// One member or element per line, indented by two spaces per level.
    case pretty
  }

  /// The text so far, in UTF-8.
  public private(set) var bytes: [UInt8] = []
  package let form: Form
  private var depth = 0
  /// Whether a value precedes in the same brackets.
  private var follows = false
  /// Whether a name was written whose value comes next.
  private var isNamed = false
  /// The secrets in the text, each with the place of its mask in `bytes`.
  private var secrets: [(place: Range<Int>, secret: Secret)] = []

  /// Creates an empty writer.
  public init(_ form: Form = .compact) { self.form = form }

  /// The text so far, secrets masked.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The text so far, with its secrets: as it is sent, and as it may be shown.
  public var sealedText: SealedText {
    var sealed = SealedText()
    var end = 0
    for (place, secret) in secrets {
      var escaped = JSONWriter()
      escaped.string(secret.reveal())
      let plain = String(decoding: escaped.bytes.dropFirst().dropLast(), as: UTF8.self)
      sealed.append(SealedText(shown: String(decoding: bytes[end..<place.lowerBound], as: UTF8.self)))
      sealed.append(SealedText(shown: Secret.mask, sealed: Secret(plain)))
      end = place.upperBound
    }
    sealed.append(SealedText(shown: String(decoding: bytes[end...], as: UTF8.self)))
    return sealed
  }

  /// Starts a new text in the same buffer.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    secrets = []
    depth = 0
    follows = false
    isNamed = false
  }

  /// Returns the bytes so far and removes them; the text continues after them.
  package mutating func taken() -> [UInt8] {
    defer {
      bytes.removeAll(keepingCapacity: true)
      secrets = []
    }
    return bytes
  }

  /// Opens an object, as an element, a member's value or the whole text.
  public mutating func beginObject() { open(JSONByte.openBrace) }
  /// Closes the innermost object.
  public mutating func endObject() { close(JSONByte.closeBrace) }
  /// Opens a list, as an element, a member's value or the whole text.
  public mutating func beginArray() { open(JSONByte.openBracket) }
  /// Closes the innermost list.
  public mutating func endArray() { close(JSONByte.closeBracket) }

  /// Writes the name of a member, whose value comes next.
  public mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(JSONByte.colon)
    if form == .pretty { bytes.append(0x20) }
    isNamed = true
  }

  /// Writes a string, escaped.
  public mutating func string(_ value: String) {
    separate()
    quote(value)
    follows = true
  }

  /// Writes a secret as a string: it is in `sealedText`, and in `bytes` it is masked.
  public mutating func secret(_ value: Secret) {
    guard !value.isEmpty else { return string("") }
    separate()
    let start = bytes.count + 1
    quote(Secret.mask)
    secrets.append((start..<bytes.count - 1, value))
    follows = true
  }

  /// Writes a whole number.
  public mutating func int(_ value: some FixedWidthInteger) { literal(String(value)) }
  /// Writes `true` or `false`.
  public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
  /// Writes `null`.
  public mutating func null() { literal("null") }

  /// Writes a number as written, such as the text of a `JSONNode`.
  public mutating func number(_ spelling: String) { literal(spelling) }

  /// Writes a value that is already JSON.
  public mutating func json(_ value: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: value)
    follows = true
  }

  /// Ends the text with a line break, for files with one text per line.
  public mutating func endLine() {
    bytes.append(JSONByte.newline)
    follows = false
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
    follows = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    depth += 1
    follows = false
  }

  private mutating func close(_ bracket: UInt8) {
    depth -= 1
    if follows { breakLine() }
    bytes.append(bracket)
    follows = true
  }

  private mutating func separate() {
    if isNamed {
      isNamed = false
      return
    }
    if follows { bytes.append(JSONByte.comma) }
    if depth > 0 { breakLine() }
  }

  private mutating func breakLine() {
    guard form == .pretty else { return }
    bytes.append(JSONByte.newline)
    bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
  }

  private mutating func quote(_ text: String) {
    bytes.append(JSONByte.quote)
    var text = text
    text.withUTF8 { buffer in
      guard let base = buffer.baseAddress else { return }
      var position = 0
      var odd: UInt64 = 0
      while true {
        let stop = JSONRun.end(in: base, from: position, count: buffer.count, odd: &odd)
        bytes.append(contentsOf: UnsafeBufferPointer(start: base + position, count: stop - position))
        guard stop < buffer.count else { return }
        escape(base[stop])
        position = stop + 1
      }
    }
    bytes.append(JSONByte.quote)
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(JSONByte.backslash)
    switch byte {
    case JSONByte.quote, JSONByte.backslash: bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    default:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: [UInt8(ascii: "u"), JSONByte.zero, JSONByte.zero])
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 0x0F)])
    }
  }
}
