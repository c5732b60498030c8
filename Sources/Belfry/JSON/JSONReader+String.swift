// SPDX-License-Identifier: Apache-2.0

// Strings and names.
extension JSONReader {
  /// Reads the string that `peek` found.
  @inline(__always)
  package mutating func string() throws(JSONProblem) -> String {
    if let run = plainRun() { return String(decoding: run, as: UTF8.self) }
    return try oddString()
  }

  /// Reads a member's name; the cursor is at its first byte.
  @inline(__always)
  mutating func name() throws(JSONProblem) -> JSONName {
    let start = offset
    if let run = plainRun() { return JSONName(offset: start, bytes: run) }
    return JSONName(offset: start, decoded: try oddName())
  }

  mutating func skipString() throws(JSONProblem) {
    if plainRun() == nil { _ = try oddString() }
  }

  /// Reads an ASCII string without escapes, as nearly all are; for any other returns nil and reads nothing.
  @inline(__always)
  private mutating func plainRun() -> UnsafeBufferPointer<UInt8>? {
    guard base[offset] == JSONByte.quote else { return nil }
    let start = offset &+ 1
    var odd: UInt64 = 0
    let end = JSONRun.end(in: base, from: start, count: count, odd: &odd)
    guard odd == 0, end < count, base[end] == JSONByte.quote, end &- start <= limits.stringBytes else { return nil }
    offset = end &+ 1
    wasPlain = true
    return UnsafeBufferPointer(start: base + start, count: end &- start)
  }

  private mutating func oddString() throws(JSONProblem) -> String {
    wasPlain = false
    replacedSpan = nil
    switch base[offset] {
    case JSONByte.quote:
      return try quoted(JSONByte.quote)
    case JSONByte.apostrophe:
      report(.singleQuotes(at: offset))
      return try quoted(JSONByte.apostrophe)
    default:
      let start = offset
      let text = bareText(fromName: false)
      report(.unquotedText(at: start, shown(text)))
      return text
    }
  }

  private mutating func oddName() throws(JSONProblem) -> String {
    guard base[offset] != JSONByte.quote && base[offset] != JSONByte.apostrophe else { return try oddString() }
    let start = offset
    let text = bareText(fromName: true)
    report(.unquotedName(at: start, shown(text)))
    return text
  }

  /// Reads a string with any content; the cursor is at its opening quote.
  private mutating func quoted(_ quote: UInt8) throws(JSONProblem) -> String {
    let start = offset
    var isReported = false
    var position = start + 1
    scratch.removeAll(keepingCapacity: true)
    hasReplaced = false
    while true {
      let stop = runEnd(from: position, quote: quote)
      scratch.append(contentsOf: UnsafeBufferPointer(start: base + position, count: stop - position))
      guard stop < count else {
        offset = count
        throw .endOfText(at: count, inside: "the string that opens on line \(line(of: start))", closing: "a quote")
      }
      switch base[stop] {
      case quote:
        offset = stop + 1
        return text(of: start)
      case JSONByte.backslash:
        position = escape(at: stop)
      default:
        if !isReported {
          if base[stop] == JSONByte.newline, let end = endOfUnclosed(quote, at: stop) {
            report(.unclosedString(at: start))
            scratch.removeLast(min(scratch.count, stop - end))
            offset = end
            return text(of: start)
          }
          isReported = true
          report(.controlCharacter(at: stop, spelled(at: stop)))
        }
        scratch.append(base[stop])
        position = stop + 1
      }
    }
  }

  private func runEnd(from start: Int, quote: UInt8) -> Int {
    if quote == JSONByte.quote {
      var odd: UInt64 = 0
      return JSONRun.end(in: base, from: start, count: count, odd: &odd)
    }
    var position = start
    while position < count, base[position] != quote, base[position] != JSONByte.backslash, base[position] >= 0x20 {
      position += 1
    }
    return position
  }

  /// Decides at a string's first line break whether its closing quote is missing; if so, returns where the string ends.
  ///
  /// It is missing unless the next quote is escaped or followed by a token that can follow a string. This is checked
  /// once per string and no further than the next quote, where the next string begins at the earliest, so the time
  /// stays linear.
  private func endOfUnclosed(_ quote: UInt8, at newline: Int) -> Int? {
    var next = newline
    while next < count && base[next] != quote { next += 1 }
    if base[next - 1] == JSONByte.backslash { return nil }
    var after = next + 1
    while after < count && (base[after] == 0x20 || base[after] == JSONByte.tab) { after += 1 }
    if after < count {
      switch base[after] {
      case JSONByte.comma, JSONByte.colon, JSONByte.closeBrace, JSONByte.closeBracket, 0x0A, 0x0D: return nil
      default: break
      }
    }
    var end = newline
    while JSONByte.isSpace(base[end - 1]) { end -= 1 }
    return base[end - 1] == JSONByte.comma ? end - 1 : end
  }

  /// The assembled string, checked and cut to the limit.
  private mutating func text(of start: Int) -> String {
    var text: String
    if let valid = String(validating: scratch, as: UTF8.self) {
      text = valid
    } else {
      report(.invalidUTF8(at: firstInvalid(from: start)))
      hasReplaced = true
      text = String(decoding: scratch, as: UTF8.self)
    }
    if hasReplaced { replacedSpan = start..<offset }
    if scratch.count > limits.stringBytes {
      report(.stringTooLong(at: start, bytes: scratch.count, limit: limits.stringBytes))
      text = text.cut(toUTF8: limits.stringBytes)
    }
    return text
  }

  /// The position of the first bytes that are not UTF-8.
  private func firstInvalid(from start: Int) -> Int {
    var tail = UnsafeBufferPointer(start: base + start, count: count - start).makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var place = start
    while case .valid(let scalar) = parser.parseScalar(from: &tail) { place += scalar.count }
    return place
  }
}
