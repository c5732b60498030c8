// SPDX-License-Identifier: Apache-2.0

/// Random numbers that are the same at every run (SplitMix64), so that what fails once fails again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

extension String {
  /// Up to 40 characters, with all that has a meaning in JSON or is awkward in text.
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
