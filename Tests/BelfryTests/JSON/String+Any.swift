// SPDX-License-Identifier: Apache-2.0
import BelfryTesting

extension String {
  /// Up to 40 characters, including all that have a meaning in JSON or are awkward in text.
  static func any(_ generator: inout SeededGenerator) -> String {
    let awkward: [Unicode.Scalar] = [
      "\"", "\\", "/", "\n", "\t", "\r", "\0", "\u{1}", "\u{1F}", "\u{7F}", "\u{80}", "\u{2028}", "\u{202E}",
      "\u{FEFF}", "\u{FFFD}",
      "\u{FFFF}", "é", "\u{301}", "😀", "\u{10FFFF}", "{", "}", "[", "]", ",", ":", "'", "…",
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...40, using: &generator) {
      let isPlain = Int.random(in: 0..<3, using: &generator) > 0
      let letter = Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &generator))
      text.append(isPlain ? letter : awkward.randomElement(using: &generator) ?? letter)
    }
    return String(text)
  }
}
