// SPDX-License-Identifier: Apache-2.0

// Objects and lists: entering, moving from member to member, and leaving.
extension JSONReader {
  /// Enters the object or list that `peek` found.
  ///
  /// - Returns: false if it is nested too deeply; it is then skipped and counts as read.
  package mutating func enter() throws(JSONProblem) -> Bool {
    guard opened.count < limits.depth else {
      report(.tooDeep(at: offset, limit: limits.depth))
      try skipBalanced()
      return false
    }
    opened.append(offset)
    offset += 1
    isFirst = true
    return true
  }

  /// Moves to the value of the object's next member; if there is none, returns nil and leaves the object.
  package mutating func nextName() throws(JSONProblem) -> JSONName? {
    guard try goOn(inObject: true) else { return nil }
    let name = try name()
    try passColon()
    return name
  }

  /// Moves to the list's next element; if there is none, returns false and leaves the list.
  package mutating func nextElement() throws(JSONProblem) -> Bool {
    try goOn(inObject: false)
  }

  /// Skips the next value of any type, and checks its syntax.
  package mutating func skip() throws(JSONProblem) {
    let depth = opened.count
    repeat {
      switch try peek() {
      case .object, .array: _ = try enter()
      case .string: try skipString()
      case .number: _ = try number()
      case .bool: _ = try bool()
      case .null: try null()
      }
      // Continues to the next value inside, or out of the entered containers.
      while opened.count > depth {
        if base[opened[opened.count - 1]] == JSONByte.openBrace {
          if try nextName() != nil { break }
        } else if try nextElement() {
          break
        }
      }
    } while opened.count > depth
  }

  /// Skips the comma before the next member or element; at the closing bracket, returns false and leaves.
  private mutating func goOn(inObject: Bool) throws(JSONProblem) -> Bool {
    var comma: Int?
    var isSeparated = isFirst
    var followsJunk = false
    let closer = inObject ? JSONByte.closeBrace : JSONByte.closeBracket
    while true {
      let byte = try token()
      if byte == JSONByte.comma {
        if isSeparated && !followsJunk { report(.extraComma(at: offset)) } else { comma = offset }
        isSeparated = true
        followsJunk = false
        offset &+= 1
      } else if byte == closer {
        if let comma { report(.trailingComma(at: comma, before: character(closer))) }
        offset &+= 1
        leave()
        return false
      } else if byte == JSONByte.quote || begins(byte, inObject: inObject) {
        if !isSeparated { report(.missingComma(at: offset)) }
        isFirst = false
        return true
      } else if byte == JSONByte.closeBrace || byte == JSONByte.closeBracket {
        closeWrongly(byte)
        return false
      } else {
        try passJunk(expected: inObject ? "a name in double quotes" : "a value")
        isSeparated = true
        followsJunk = true
      }
    }
  }

  private func begins(_ byte: UInt8, inObject: Bool) -> Bool {
    if byte == JSONByte.apostrophe || JSONByte.beginsWord(byte) || JSONByte.beginsNumber(byte) { return true }
    return !inObject && (byte == JSONByte.openBrace || byte == JSONByte.openBracket)
  }

  private mutating func leave() {
    opened.removeLast()
    isFirst = false
  }

  /// Handles a closing bracket of the wrong kind: it closes the outer container if that fits, otherwise it counts as a
  /// typing mistake for the right one.
  private mutating func closeWrongly(_ byte: UInt8) {
    let start = opened[opened.count - 1]
    report(
      .wrongBracket(
        at: offset,
        found: character(byte),
        opener: openerName(at: start),
        line: line(of: start),
        closer: character(JSONByte.closer(of: base[start]))
      )
    )
    leave()
    if let outer = opened.last, JSONByte.closer(of: base[outer]) == byte { return }
    offset += 1
  }

  /// Reports an unexpected character, and skips it.
  private mutating func passJunk(expected: String) throws(JSONProblem) {
    report(.unexpectedCharacter(at: offset, found: spelled(at: offset), expected: expected))
    let byte = base[offset]
    if byte == JSONByte.openBrace || byte == JSONByte.openBracket { try skipBalanced() } else { skipJunk() }
  }

  /// Skips at least one byte, up to the next one that may start a token.
  mutating func skipJunk() {
    offset += 1
    while offset < count {
      let byte = base[offset]
      let stops: [UInt8] = [
        JSONByte.comma, JSONByte.quote, JSONByte.apostrophe, JSONByte.openBrace, JSONByte.openBracket,
        JSONByte.closeBrace, JSONByte.closeBracket,
      ]
      if byte <= 0x20 || stops.contains(byte) || JSONByte.beginsWord(byte) || JSONByte.beginsNumber(byte) { return }
      offset += 1
    }
  }

  private mutating func passColon() throws(JSONProblem) {
    switch try token() {
    case JSONByte.colon:
      offset &+= 1
    case JSONByte.comma, JSONByte.closeBrace, JSONByte.closeBracket:
      return  // The value is what is missing; reading it reports that.
    case JSONByte.equals:
      report(.missingColon(at: offset, found: spelled(at: offset)))
      offset += 1
      if offset < count && base[offset] == 0x3E { offset += 1 }
    default:
      report(.missingColon(at: offset, found: spelled(at: offset)))
    }
  }

  /// Skips an object or a list by its brackets alone, however deep, without a stack.
  private mutating func skipBalanced() throws(JSONProblem) {
    var depth = 0
    repeat {
      guard offset < count else { throw endOfText() }
      let byte = base[offset]
      offset += 1
      switch byte {
      case JSONByte.openBrace, JSONByte.openBracket: depth += 1
      case JSONByte.closeBrace, JSONByte.closeBracket: depth -= 1
      case JSONByte.quote: skipQuoted()
      default: break
      }
    } while depth > 0
  }

  private mutating func skipQuoted() {
    while offset < count && base[offset] != JSONByte.quote {
      offset += base[offset] == JSONByte.backslash ? 2 : 1
    }
    offset = min(offset + 1, count)
  }
}
