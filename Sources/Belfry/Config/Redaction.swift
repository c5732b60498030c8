// SPDX-License-Identifier: Apache-2.0

/// Finds and masks secrets in the output of programs and servers.
///
/// It finds a secret as a whole, or one of its lines; with different white space; cut off at the start or end of the
/// text; percent-encoded; escaped for JSON; and in Base64, also as part of a longer text.
public struct Redaction: Sendable {
  /// Byte sequences to mask, without white space, by their first eight bytes.
  private var needles: [UInt64: [BytePattern]] = [:]
  /// Byte sequences shorter than eight bytes.
  private var shortNeedles: [BytePattern] = []
  /// The secrets whose start or end is masked at an end of the text.
  private var wholes: [CutSecret] = []

  /// The shortest part of a secret that is masked: shorter ones occur in many words.
  package static let leastPart = 8

  /// Creates a search for these secrets; empty ones are ignored.
  ///
  /// It takes time proportional to their length, and each search to the length of its text: create it once.
  public init(_ secrets: some Sequence<Secret> = []) {
    var all: Set<[UInt8]> = []
    for text in Set(secrets.map { $0.reveal() }) where !text.isEmpty {
      let whole = text.utf8.filter(\.isSeen)
      guard !whole.isEmpty else { continue }
      all.insert(whole)
      if whole.count >= Redaction.leastPart { wholes.append(CutSecret(whole)) }
      for line in text.utf8.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
        let line = line.filter(\.isSeen)
        if line.count >= Redaction.leastPart, !line.starts(with: "-----".utf8) { all.insert(line) }
      }
      all.formUnion(Redaction.base64(Array(text.utf8)))
    }
    for needle in all {
      if needle.count < 8 {
        shortNeedles.append(BytePattern(needle))
      } else {
        needles[needle.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, default: []].append(BytePattern(needle))
      }
    }
  }

  /// Whether there are no secrets to search for.
  public var isEmpty: Bool { needles.isEmpty && shortNeedles.isEmpty }

  /// The text with every secret masked.
  public func masked(_ text: String) -> String {
    guard !isEmpty, !text.isEmpty else { return text }
    let bytes = Array(text.utf8)
    var hidden = ranges(in: Projection(bytes))
    if bytes.contains(UInt8(ascii: "%")) { hidden += ranges(in: Projection(percentEncoded: bytes)) }
    if bytes.contains(UInt8(ascii: "\\")) { hidden += ranges(in: Projection(escaped: bytes)) }
    return hidden.isEmpty ? text : Redaction.masked(bytes, hidden)
  }

  /// The labels with every secret masked.
  public func masked(_ labels: Labels) -> Labels {
    Labels(labels.map { Labels.Label(name: masked($0.name), value: masked($0.value)) })
  }

  /// The positions of secrets, as byte ranges of the original text.
  private func ranges(in text: Projection) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for needle in candidates(in: text.bytes) { found += needle.occurrences(in: text.bytes).map(text.source) }
    for whole in wholes {
      if let count = whole.lengthOfRest(at: text.bytes.prefix(whole.longestPart)) {
        found.append(text.source(of: 0..<count))
      }
      if let count = whole.lengthOfBeginning(at: text.bytes.suffix(whole.longestPart)) {
        found.append(text.source(of: text.bytes.count - count..<text.bytes.count))
      }
    }
    return found
  }

  /// The needles whose first bytes occur in a text: usually none.
  private func candidates(in text: [UInt8]) -> [BytePattern] {
    var found = shortNeedles
    var seen: Set<UInt64> = []
    var window: UInt64 = 0
    for (index, byte) in text.enumerated() {
      window = window << 8 | UInt64(byte)
      if index >= 7, let group = needles[window], seen.insert(window).inserted { found += group }
    }
    return found
  }

  private static func masked(_ bytes: [UInt8], _ hidden: [Range<Int>]) -> String {
    var shown: [UInt8] = []
    var rest = 0
    for range in hidden.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      if range.lowerBound >= rest { shown += bytes[rest..<range.lowerBound] + Array(Secret.mask.utf8) }
      rest = max(rest, range.upperBound)
    }
    return String(decoding: shown + bytes[rest...], as: UTF8.self)
  }

  /// The part of a secret's Base64 that does not depend on its position in the encoded data, in both alphabets.
  private static func base64(_ secret: [UInt8]) -> [[UInt8]] {
    (0..<3).flatMap { offset -> [[UInt8]] in
      let sextets = Redaction.sextets([UInt8](repeating: 0, count: offset) + secret)
      // The first ones contain bits of the preceding byte.
      let own = sextets.dropFirst(offset == 0 ? 0 : offset + 1)
      guard own.count >= leastPart else { return [] }
      return [standard, urlSafe].map { alphabet in own.map { alphabet[Int($0)] } }
    }
  }

  /// The complete groups of six bits.
  private static func sextets(_ bytes: [UInt8]) -> [UInt8] {
    var (bits, count, result) = (0, 0, [UInt8]())
    for byte in bytes {
      (bits, count) = ((bits << 8 | Int(byte)) & 0xFFFF, count + 8)
      while count >= 6 {
        count -= 6
        result.append(UInt8((bits >> count) & 0x3F))
      }
    }
    return result
  }

  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  private static let standard = letters + Array("+/".utf8)
  private static let urlSafe = letters + Array("-_".utf8)
}

extension Redaction: CustomStringConvertible, CustomReflectable {
  /// The mask.
  public var description: String { Secret.mask }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A text in the form that is searched: without white space, decoded, each byte with its place in the original.
private struct Projection {
  private(set) var bytes: [UInt8] = []
  private var ranges: [Range<Int>] = []

  init(_ text: [UInt8]) {
    for (index, byte) in text.enumerated() { add(byte, from: index..<index + 1) }
  }

  /// Decodes `%41` to the byte it stands for.
  init(percentEncoded text: [UInt8]) {
    var index = 0
    while index < text.count {
      let code = text[index] == UInt8(ascii: "%") ? Projection.hexadecimal(text.dropFirst(index + 1).prefix(2), 2) : nil
      add(code.map { UInt8($0) } ?? text[index], from: index..<index + (code == nil ? 1 : 3))
      index += code == nil ? 1 : 3
    }
  }

  /// Decodes the escapes of JSON.
  init(escaped text: [UInt8]) {
    var index = 0
    while index < text.count {
      guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count else {
        add(text[index], from: index..<index + 1)
        index += 1
        continue
      }
      if text[index + 1] == UInt8(ascii: "u"), let (scalar, length) = Projection.scalar(text[index...]) {
        for byte in String(scalar).utf8 { add(byte, from: index..<index + length) }
        index += length
      } else {
        // White space is not searched, so \n, \r and \t are dropped.
        let isSpace = "nrtbf".utf8.contains(text[index + 1])
        if !isSpace { add(text[index + 1], from: index..<index + 2) }
        index += 2
      }
    }
  }

  /// The range in the original text of some of its bytes.
  func source(of part: Range<Int>) -> Range<Int> {
    ranges[part.lowerBound].lowerBound..<ranges[part.upperBound - 1].upperBound
  }

  private mutating func add(_ byte: UInt8, from range: Range<Int>) {
    guard byte.isSeen else { return }
    bytes.append(byte)
    ranges.append(range)
  }

  /// `\u00e9`, or two escapes for a scalar beyond U+FFFF.
  private static func scalar(_ text: ArraySlice<UInt8>) -> (Unicode.Scalar, length: Int)? {
    guard let first = hexadecimal(text.dropFirst(2).prefix(4), 4) else { return nil }
    if let scalar = Unicode.Scalar(UInt32(first)) { return (scalar, 6) }
    let rest = text.dropFirst(6)
    guard (0xD800..<0xDC00).contains(first), rest.starts(with: "\\u".utf8),
      let second = hexadecimal(rest.dropFirst(2).prefix(4), 4), (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(UInt32(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)))
    else { return nil }
    return (scalar, 12)
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>, _ count: Int) -> Int? {
    let isWhole = digits.count == count && !digits.contains(UInt8(ascii: "+")) && !digits.contains(UInt8(ascii: "-"))
    return isWhole ? Int(String(decoding: digits, as: UTF8.self), radix: 16) : nil
  }
}

extension UInt8 {
  /// Whether it is neither white space nor a control character.
  fileprivate var isSeen: Bool { self > 0x20 && self != 0x7F }
}
