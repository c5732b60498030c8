// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Converts international domain names to the form that DNS and mail servers accept (RFC 5891).
package enum InternationalName {
  /// The name with each non-ASCII label in its `xn--` form, in lower case; nil if it is not a valid name.
  package static func ascii(_ name: Substring) -> String? {
    // RFC 3490 §3.1: ideographic dots also separate labels.
    let text = String(name).precomposedStringWithCanonicalMapping
    let labels = text.split(omittingEmptySubsequences: false) { ".\u{3002}\u{FF0E}\u{FF61}".contains($0) }
    var result: [String] = []
    for label in labels {
      guard label.utf8.contains(where: { $0 >= 0x80 }) else {
        result.append(String(label))
        continue
      }
      let lower = label.lowercased().precomposedStringWithCanonicalMapping
      guard lower.unicodeScalars.allSatisfy(isAllowed), let first = lower.unicodeScalars.first, !first.isMark,
        let encoded = Punycode.encoded(lower)
      else { return nil }
      result.append("xn--" + encoded)
    }
    return result.joined(separator: ".")
  }

  /// Whether it is a letter, mark, digit or hyphen: approximately what RFC 5892 allows.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: true
    default: scalar == "-"
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isMark: Bool { [.nonspacingMark, .spacingMark].contains(properties.generalCategory) }
}

/// The encoding of RFC 3492, with the parameters of its section 5.
private enum Punycode {
  private static let (base, least, most, skew, damp, firstBias, firstCode) = (36, 1, 26, 38, 700, 72, 128)

  /// The label without its prefix; nil if it is too long.
  static func encoded(_ label: String) -> String? {
    let scalars = label.unicodeScalars.map { Int($0.value) }
    guard scalars.count <= 59 else { return nil }
    var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
    let basic = output.count
    if basic > 0 { output.append(UInt8(ascii: "-")) }
    var (code, delta, bias, handled) = (firstCode, 0, firstBias, basic)
    while handled < scalars.count {
      let next = scalars.filter { $0 >= code }.min() ?? code
      delta += (next - code) * (handled + 1)
      code = next
      for scalar in scalars {
        if scalar < code { delta += 1 }
        guard scalar == code else { continue }
        append(delta, bias, to: &output)
        bias = adapted(delta, handled + 1, isFirst: handled == basic)
        delta = 0
        handled += 1
      }
      delta += 1
      code += 1
    }
    return output.count <= 59 ? String(decoding: output, as: UTF8.self) : nil
  }

  /// Appends a number as digits whose weights depend on the bias.
  private static func append(_ delta: Int, _ bias: Int, to output: inout [UInt8]) {
    var rest = delta
    var position = base
    while true {
      let threshold = min(max(position - bias, least), most)
      if rest < threshold { break }
      output.append(digit(threshold + (rest - threshold) % (base - threshold)))
      rest = (rest - threshold) / (base - threshold)
      position += base
    }
    output.append(digit(rest))
  }

  private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
    var delta = isFirst ? delta / damp : delta / 2
    delta += delta / count
    var weight = 0
    while delta > (base - least) * most / 2 {
      delta /= base - least
      weight += base
    }
    return weight + (base - least + 1) * delta / (delta + skew)
  }

  private static func digit(_ value: Int) -> UInt8 { UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30) }
}
