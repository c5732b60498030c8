// SPDX-License-Identifier: Apache-2.0

/// Whether a text is a single line or paragraphs.
enum TextLayout {
  case oneLine
  /// Keeps `\n` and `\t`.
  case paragraphs
}

extension String {
  /// The text without control characters and text direction overrides, which affect the program that displays it.
  ///
  /// - Returns: nil if nothing has to be changed; otherwise the text, and whether U+FFFD replaced anything.
  func cleaned(_ layout: TextLayout) -> (text: String, isReplaced: Bool)? {
    guard mayNeedCleaning(layout) else { return nil }
    var result = String.UnicodeScalarView()
    var isReplaced = false
    var previous: Unicode.Scalar = " "
    for scalar in unicodeScalars {
      defer { previous = scalar }
      switch (scalar, layout) {
      case ("\n", .paragraphs) where previous == "\r": break
      case ("\n", .paragraphs), ("\r", .paragraphs): result.append("\n")
      case ("\t", .paragraphs): result.append("\t")
      case ("\n", .oneLine), ("\r", .oneLine), ("\t", .oneLine), ("\u{2028}", .oneLine), ("\u{2029}", .oneLine):
        result.append(" ")
      case _ where scalar.actsOnText:
        result.append("\u{FFFD}")
        isReplaced = true
      default: result.append(scalar)
      }
    }
    return (String(result), isReplaced)
  }

  /// A quick check of the bytes: it may return true too often, never too rarely.
  private func mayNeedCleaning(_ layout: TextLayout) -> Bool {
    for byte in utf8 {
      if byte < 0x20 {
        if layout == .oneLine || (byte != 0x0A && byte != 0x09) { return true }
      } else if byte == 0x7F || byte == 0xC2 || byte == 0xE2 {
        // DEL, and the first bytes of U+0080…00BF and U+2000…2FFF.
        return true
      }
    }
    return false
  }
}

extension Unicode.Scalar {
  /// Whether it is a control character (C0, DEL, C1), or an embedding, override or isolate of text direction (UAX #9,
  /// section 2).
  fileprivate var actsOnText: Bool {
    value < 0x20 || (0x7F...0x9F).contains(value) || (0x202A...0x202E).contains(value)
      || (0x2066...0x2069).contains(value)
  }
}
