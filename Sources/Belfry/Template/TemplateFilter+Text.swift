// SPDX-License-Identifier: Apache-2.0

extension TemplateFilter {
  /// The filters for texts.
  static let texts: [TemplateFilter] = [
    ofText("upper") { $0.uppercased() },
    ofText("lower") { $0.lowercased() },
    ofText("title", titled),
    ofText("url", urlEncoded),
    TemplateFilter("map", "map:\"critical=P1,*=P3\"") { (arguments) throws(TemplateMisuse) in
      let table = try TextTable(arguments)
      return { (value, _) throws(TemplateFault) in .text(table.text(for: value.text)) }
    },
    TemplateFilter("plural", "plural:\"alert\",\"alerts\"", on: .anything) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(2...2)
      let (one, several) = (arguments.text(0), arguments.text(1))
      return { (value, _) throws(TemplateFault) in .text(value.quantity == 1 ? one : several) }
    },
    TemplateFilter("replace", "replace:\"_\",\" \"") { (arguments) throws(TemplateMisuse) in
      try arguments.expect(2...2)
      let (pattern, replacement) = (BytePattern(Array(try arguments.filledText(0).utf8)), arguments.text(1))
      return { (value, budget) throws(TemplateFault) in
        .text(try replacing(pattern, in: value.text, with: replacement, &budget))
      }
    },
    TemplateFilter("before", "before:\":\"") { (arguments) throws(TemplateMisuse) in
      try arguments.expect(1...1)
      let pattern = BytePattern(Array(try arguments.filledText(0).utf8))
      return { (value, _) throws(TemplateFault) in .text(split(value.text, at: pattern)?.before ?? value.text) }
    },
    TemplateFilter("after", "after:\"/\"") { (arguments) throws(TemplateMisuse) in
      try arguments.expect(1...1)
      let pattern = BytePattern(Array(try arguments.filledText(0).utf8))
      return { (value, _) throws(TemplateFault) in .text(split(value.text, at: pattern)?.after ?? value.text) }
    },
    TemplateFilter("cut", "cut:80") { (arguments) throws(TemplateMisuse) in
      try arguments.expect(1...1)
      let limit = try arguments.number(0, in: 1...100_000)
      return { (value, _) throws(TemplateFault) in .text(cut(value.text, to: limit)) }
    },
    TemplateFilter("json", "json", on: .anything) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(0...0)
      return { (value, budget) throws(TemplateFault) in
        var writer = JSONWriter()
        try value.write(to: &writer, &budget)
        return .text(String(decoding: writer.bytes, as: UTF8.self))
      }
    },
  ]

  /// The first letter of each word in upper case.
  @Sendable private static func titled(_ text: String) -> String {
    var isStart = true
    return text.reduce(into: "") { result, character in
      result += isStart ? character.uppercased() : String(character)
      isStart = character.isWhitespace
    }
  }

  /// Everything but unreserved characters percent-encoded (RFC 3986, 2.3), for a part of a URL.
  @Sendable private static func urlEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What is before and after the first place of a pattern; nil if there is none.
  @Sendable private static func split(_ text: String, at pattern: BytePattern) -> (before: String, after: String)? {
    let bytes = Array(text.utf8)
    guard let place = pattern.occurrences(in: bytes).first else { return nil }
    return (
      String(decoding: bytes[..<place.lowerBound], as: UTF8.self),
      String(decoding: bytes[place.upperBound...], as: UTF8.self)
    )
  }

  /// The text with every place of a pattern replaced, from the left.
  @Sendable private static func replacing(
    _ pattern: BytePattern,
    in text: String,
    with replacement: String,
    _ budget: inout TemplateBudget
  ) throws(TemplateFault) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var done = 0
    for place in pattern.occurrences(in: bytes) where place.lowerBound >= done {
      result += bytes[done..<place.lowerBound]
      result += replacement.utf8
      try budget.check(bytes: result.count)
      done = place.upperBound
    }
    result += bytes[done...]
    return String(decoding: result, as: UTF8.self)
  }

  /// At most that many characters, the last one `…` if something is missing.
  @Sendable private static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit, let end = text.index(text.startIndex, offsetBy: limit, limitedBy: text.endIndex),
      end != text.endIndex
    else { return text }
    return text.prefix(limit - 1) + "…"
  }
}

/// Texts, and what each becomes; `*` stands for every other text.
private struct TextTable: Sendable {
  private var texts: [ExactText: String] = [:]
  private var otherwise: String?

  /// Reads `critical=P1,*=P3` from one argument, or one pair from each of several.
  init(_ arguments: TemplateArguments) throws(TemplateMisuse) {
    try arguments.expect(1...(.max))
    let pairs =
      arguments.count > 1
      ? arguments.texts
      : arguments.text(0).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for pair in pairs {
      guard let equals = pair.firstIndex(of: "=") else {
        throw TemplateMisuse(
          text: "\"\(pair)\" has no \"=\".",
          remedy: "Write pairs such as map:\"critical=P1,*=P3\"."
        )
      }
      let (key, text) = (String(pair[..<equals].trimmedSpaces), String(pair[pair.index(after: equals)...]))
      if key == "*" { otherwise = text } else { texts[ExactText(key)] = text }
    }
  }

  /// Without `*`, a text that is not in the table stays as it is.
  func text(for text: String) -> String { texts[ExactText(text)] ?? otherwise ?? text }
}

extension Substring {
  fileprivate var trimmedSpaces: Substring {
    var rest = drop { $0 == " " }
    while rest.last == " " { rest.removeLast() }
    return rest
  }
}

extension TemplateValue {
  /// The number that decides between singular and plural.
  fileprivate var quantity: Int {
    switch self {
    case .number(let number): number
    case .list, .labels: count
    default: Int(text) ?? 0
    }
  }

  /// Writes the value as JSON.
  fileprivate func write(to writer: inout JSONWriter, _ budget: inout TemplateBudget) throws(TemplateFault) {
    try budget.spend(textOf: self)
    switch self {
    case .none: writer.null()
    case .text, .instant, .duration: writer.string(text)
    case .number(let number): writer.int(number)
    case .bool(let value): writer.bool(value)
    case .list(let elements):
      writer.beginArray()
      for element in elements { try element.write(to: &writer, &budget) }
      writer.endArray()
    case .labels(let labels):
      writer.beginObject()
      for label in labels { writer.member(label.name, label.value) }
      writer.endObject()
    case .object(let object):
      writer.beginObject()
      for name in object.memberNames {
        writer.key(name)
        try object.member(name).write(to: &writer, &budget)
      }
      writer.endObject()
    }
    try budget.check(bytes: writer.bytes.count)
  }
}
