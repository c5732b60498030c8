// SPDX-License-Identifier: Apache-2.0

/// One mistake in JSON text: what it is, its offset, and what to write instead.
package struct JSONProblem: Error, Sendable, Hashable {
  package enum Code: String, Sendable, Hashable, CaseIterable {
    case emptyText, wrongEncoding, endOfText, textAfterEnd
    case unexpectedCharacter, missingValue, missingComma, extraComma, trailingComma, missingColon, wrongBracket
    case comment, singleQuotes, unquotedName, unquotedText, misspeltLiteral, duplicateName, tooDeep
    case invalidUTF8, badEscape, loneSurrogate, controlCharacter, unclosedString, stringTooLong
    case badNumber, numberTooLong, numberTooLarge

    /// Whether values may be missing from the result, so that a missing value proves nothing.
    package var mayHideValues: Bool {
      switch self {
      case .emptyText, .wrongEncoding, .endOfText, .textAfterEnd, .unexpectedCharacter, .missingValue, .wrongBracket,
        .unclosedString:
        true
      default: false
      }
    }

    /// Whether the result is what was meant, as far as it can be represented: with a replaced character or control
    /// character, a shortened text, or a value without its too deeply nested parts.
    package var isMended: Bool {
      switch self {
      case .invalidUTF8, .loneSurrogate, .controlCharacter, .tooDeep, .stringTooLong, .numberTooLong, .numberTooLarge:
        true
      default: false
      }
    }
  }

  package var code: Code
  /// The byte offset in the text.
  package var offset: Int
  /// A sentence that starts in lower case, to follow the position.
  package var message: String
  /// What to write instead, as a whole sentence.
  package var remedy: String

  init(_ code: Code, at offset: Int, _ message: String, _ remedy: String) {
    self.code = code
    self.offset = offset
    self.message = message
    self.remedy = remedy
  }
}

// The text as a whole.
extension JSONProblem {
  static func emptyText(at offset: Int) -> JSONProblem {
    JSONProblem(.emptyText, at: offset, "the text is empty.", "Write at least {} or [].")
  }

  static func wrongEncoding(_ name: String) -> JSONProblem {
    JSONProblem(.wrongEncoding, at: 0, "the text is \(name), but JSON is UTF-8.", "Save the file as UTF-8.")
  }

  static func endOfText(at offset: Int, inside what: String, closing: String) -> JSONProblem {
    JSONProblem(
      .endOfText,
      at: offset,
      "the text ends inside \(what).",
      "Close it with \(closing), or check whether the text was cut off."
    )
  }

  static func textAfterEnd(at offset: Int, found: String) -> JSONProblem {
    JSONProblem(
      .textAfterEnd,
      at: offset,
      "\(found) follows the end of the JSON value.",
      "Remove everything after the last bracket."
    )
  }
}

// Punctuation.
extension JSONProblem {
  static func unexpectedCharacter(at offset: Int, found: String, expected: String) -> JSONProblem {
    JSONProblem(.unexpectedCharacter, at: offset, "expected \(expected), found \(found).", "Remove it.")
  }

  static func missingValue(at offset: Int, before found: String) -> JSONProblem {
    JSONProblem(.missingValue, at: offset, "a value is missing before \(found).", "Write a value, or remove the name.")
  }

  static func missingComma(at offset: Int) -> JSONProblem {
    JSONProblem(
      .missingComma,
      at: offset,
      "a comma is missing before this.",
      "End the line above, or the value before, with a comma."
    )
  }

  static func extraComma(at offset: Int) -> JSONProblem {
    JSONProblem(.extraComma, at: offset, "expected a value, found a comma.", "Remove the comma.")
  }

  static func trailingComma(at offset: Int, before closer: String) -> JSONProblem {
    JSONProblem(.trailingComma, at: offset, "there is a comma before the closing \(closer).", "Remove the comma.")
  }

  static func missingColon(at offset: Int, found: String) -> JSONProblem {
    JSONProblem(.missingColon, at: offset, "expected a colon after the name, found \(found).", "Write \"name\": value.")
  }

  static func wrongBracket(at offset: Int, found: String, opener: String, line: Int, closer: String) -> JSONProblem {
    JSONProblem(.wrongBracket, at: offset, "\(found) closes the \(opener) of line \(line).", "Close it with \(closer).")
  }

  static func tooDeep(at offset: Int, limit: Int) -> JSONProblem {
    JSONProblem(
      .tooDeep,
      at: offset,
      "more than \(limit) brackets are open here; anything nested more deeply is ignored.",
      "Nest it less deeply."
    )
  }
}

// Names and words.
extension JSONProblem {
  /// Text of the file as a message may show it: short, on one line, and without terminal control characters.
  static func shown(_ text: String) -> String {
    let short = text.utf8.count > 60 ? text.cut(toUTF8: 60) + "…" : text
    let scalars = short.unicodeScalars.map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: Unicode.Scalar(0xFFFD as UInt16) ?? scalar
      default: scalar
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }

  static func comment(at offset: Int) -> JSONProblem {
    JSONProblem(.comment, at: offset, "JSON has no comments.", "Remove it, or put the text into a \"note\".")
  }

  static func singleQuotes(at offset: Int) -> JSONProblem {
    JSONProblem(.singleQuotes, at: offset, "this text is in single quotes.", "Use double quotes.")
  }

  static func unquotedName(at offset: Int, _ name: String) -> JSONProblem {
    JSONProblem(
      .unquotedName,
      at: offset,
      "the name \(name) is not in quotes.",
      "Write \"\(name)\"."
    )
  }

  static func unquotedText(at offset: Int, _ text: String) -> JSONProblem {
    JSONProblem(
      .unquotedText,
      at: offset,
      "the text \(text) is not in quotes.",
      "Write \"\(text)\"."
    )
  }

  static func misspeltLiteral(at offset: Int, _ text: String, meant: String) -> JSONProblem {
    JSONProblem(.misspeltLiteral, at: offset, "\(text) is not a JSON word.", "Write \(meant).")
  }

  static func duplicateName(at offset: Int, _ name: String, firstLine: Int) -> JSONProblem {
    JSONProblem(
      .duplicateName,
      at: offset,
      "the name \"\(name)\" occurs twice in one object, first on line \(firstLine); the first one is used.",
      "Remove or rename one of them."
    )
  }
}

// Inside strings and numbers.
extension JSONProblem {
  static func invalidUTF8(at offset: Int) -> JSONProblem {
    JSONProblem(
      .invalidUTF8,
      at: offset,
      "these bytes are not UTF-8; they were replaced by U+FFFD.",
      "Save the file as UTF-8."
    )
  }

  static func badEscape(at offset: Int, _ text: String) -> JSONProblem {
    JSONProblem(
      .badEscape,
      at: offset,
      "\(text) is not a JSON escape.",
      "Write \\\\ for a backslash, \\u00E9 for a character."
    )
  }

  static func loneSurrogate(at offset: Int) -> JSONProblem {
    JSONProblem(
      .loneSurrogate,
      at: offset,
      "half of a surrogate pair is missing; it was replaced by U+FFFD.",
      "Write the character itself, or both halves: \\uD83D\\uDD25."
    )
  }

  static func controlCharacter(at offset: Int, _ name: String) -> JSONProblem {
    JSONProblem(
      .controlCharacter,
      at: offset,
      "\(name) is not escaped in a string.",
      "Write \\n for a line break, \\t for a tab."
    )
  }

  static func unclosedString(at offset: Int) -> JSONProblem {
    JSONProblem(
      .unclosedString,
      at: offset,
      "the string that begins here has no closing quote on its line.",
      "Add the quote."
    )
  }

  static func stringTooLong(at offset: Int, bytes: Int, limit: Int) -> JSONProblem {
    JSONProblem(.stringTooLong, at: offset, "a string of \(bytes) bytes is cut at \(limit).", "Shorten it.")
  }

  static func badNumber(at offset: Int, _ text: String, because: String) -> JSONProblem {
    JSONProblem(
      .badNumber,
      at: offset,
      "\(text) is not a JSON number: \(because).",
      "Write it like 12, -0.5 or 1e9."
    )
  }

  static func numberTooLong(at offset: Int, bytes: Int, limit: Int) -> JSONProblem {
    JSONProblem(
      .numberTooLong,
      at: offset,
      "a number of \(bytes) characters is cut at \(limit).",
      "Shorten it, or put it in quotes."
    )
  }

  static func numberTooLarge(at offset: Int, _ text: String) -> JSONProblem {
    JSONProblem(
      .numberTooLarge,
      at: offset,
      "\(text) is too large.",
      "Write a smaller one."
    )
  }
}
