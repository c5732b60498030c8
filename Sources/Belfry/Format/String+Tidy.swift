// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The text on one line: each run of line breaks, tabs and control characters becomes one space, with none at either
  /// end.
  ///
  /// Use it for everything that goes into a header, a subject or a list.
  public var oneLine: String {
    if isPlainLine { return self }
    var result = ""
    var isGapOpen = false
    for scalar in unicodeScalars where !scalar.isDirectionMark {
      if scalar.isControl || scalar.properties.isWhitespace {
        isGapOpen = !result.isEmpty
      } else {
        if isGapOpen { result.unicodeScalars.append(" ") }
        isGapOpen = false
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text as paragraphs that are safe to show: line breaks become `\n`, other control characters become `�`, and
  /// white space at either end is removed.
  ///
  /// Text direction overrides are removed: one in an alert would reverse the rest of the message.
  public var paragraphs: String {
    if isPlainLine { return self }
    var result = String.UnicodeScalarView()
    var previous: Unicode.Scalar = " "
    for scalar in unicodeScalars where !scalar.isDirectionMark {
      switch scalar {
      case "\n" where previous == "\r": break
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": result.append("\n")
      case "\t": result.append(scalar)
      case _ where scalar.isControl: result.append("\u{FFFD}")
      default: result.append(scalar)
      }
      previous = scalar
    }
    return String(String(result).trimmed)
  }

  /// The text in a form that is safe to print, with its line breaks and tabs.
  ///
  /// Terminal control characters become `�`, and text direction overrides are removed.
  package var printable: String { printable { $0 == "\n" || $0 == "\t" } }

  /// The same on one line: a line break becomes a space, so that no foreign text looks like a line of Belfry's.
  package var printableLine: String {
    let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}"]
    guard unicodeScalars.contains(where: breaks.contains) else { return printable { $0 == "\t" } }
    var line = String.UnicodeScalarView()
    for scalar in unicodeScalars { line.append(breaks.contains(scalar) ? " " : scalar) }
    return String(line).printable { $0 == "\t" }
  }

  private func printable(keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: { !isKept($0) && $0.isUnprintable }) else { return self }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars where !scalar.isDirectionMark {
      text.append(!isKept(scalar) && scalar.isUnprintable ? "\u{FFFD}" : scalar)
    }
    return String(text)
  }

  /// The JSON with unprintable characters escaped; its meaning is unchanged.
  package var printableJSON: String {
    guard unicodeScalars.contains(where: { $0 != "\n" && $0 != "\t" && $0.isUnprintable }) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      if scalar != "\n", scalar != "\t", scalar != "\r", scalar.isUnprintable {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The text without white space at either end.
  public var trimmed: Substring {
    var rest = drop(while: \.isWhitespace)
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }

  /// Whether it is printable ASCII without double spaces or spaces at the ends; most text is, and is used unchanged.
  private var isPlainLine: Bool {
    var previous = UInt8(ascii: " ")
    for byte in utf8 {
      guard byte >= 0x20, byte < 0x7F, byte != 0x20 || previous != 0x20 else { return false }
      previous = byte
    }
    return previous != 0x20 || isEmpty
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }

  /// Whether a terminal may interpret it as a command, a line break or a change of direction.
  fileprivate var isUnprintable: Bool { isControl || isDirectionMark || value == 0x2028 || value == 0x2029 }

  /// Whether it is an embedding, override or isolate of Unicode's bidirectional algorithm (UAX #9 §2).
  fileprivate var isDirectionMark: Bool {
    (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
  }
}
