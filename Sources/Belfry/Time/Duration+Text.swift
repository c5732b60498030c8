// SPDX-License-Identifier: Apache-2.0

extension Duration {
  /// Reads `90s`, `30m`, `24h`, `7d`, `500ms`, a combination (`1h30m`), or a plain number of seconds.
  ///
  /// - Returns: nil for anything else, for a negative duration, and for more than ten years.
  package init?(text: String) {
    // `Int64` accepts a sign, which is not allowed here.
    guard let first = text.first, first.isASCII, first.isNumber else { return nil }
    if let seconds = Int64(text) {
      guard (0...Duration.longestSeconds).contains(seconds) else { return nil }
      self = .seconds(seconds)
      return
    }
    var rest = Substring(text)
    var total = Duration.zero
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let number = Int64(digits), number <= Duration.longestSeconds, let one = Duration.units[String(unit)] else {
        return nil
      }
      total += one * Int(number)
    }
    guard total <= .seconds(Duration.longestSeconds) else { return nil }
    self = total
  }

  private static let longestSeconds: Int64 = 10 * 366 * 86_400

  private static let units: [String: Duration] = [
    "ms": .milliseconds(1), "s": .seconds(1), "m": .seconds(60), "h": .seconds(3600), "d": .seconds(86_400),
  ]

  /// The duration as in `channels.json`: `30m`, `1h30m`, `7d`; fractions of a second only if it is shorter than a
  /// second.
  package var text: String {
    let total = microseconds
    guard total != 0 else { return "0s" }
    if abs(total) < 1_000_000 { return "\(total / 1000)ms" }
    var seconds = abs(total) / 1_000_000
    var parts = total < 0 ? "-" : ""
    for (unit, size) in [("d", Int64(86_400)), ("h", 3600), ("m", 60), ("s", 1)] where seconds >= size {
      parts += "\(seconds / size)\(unit)"
      seconds %= size
    }
    return parts
  }
}

extension Duration {
  /// The duration for a message, rounded down: `20 s`, `14 min`, `3 h 20 min`, `2 d 4 h`.
  public var spoken: String {
    let seconds = max(0, components.seconds)
    func parts(_ first: Int64, _ unit: String, _ second: Int64, _ smaller: String) -> String {
      second == 0 ? "\(first) \(unit)" : "\(first) \(unit) \(second) \(smaller)"
    }
    return switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<86_400: parts(seconds / 3600, "h", seconds % 3600 / 60, "min")
    default: parts(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
    }
  }
}

extension Duration: FieldValue {
  /// A duration in words or a number.
  public static var shape: FieldShape { shape("a duration such as \"90s\", \"30m\", \"24h\" or \"7d\"") }

  /// The shape of a duration, with the words of a type that accepts only some durations.
  static func shape(_ text: String) -> FieldShape { .said(text, .oneOf([.string(text), .number])) }

  /// Reads the duration; if it is invalid, reports the reason.
  public static func read(_ node: JSONNode, _ report: inout Report) -> Duration? {
    let written: String? =
      switch node.value {
      case .string(let text), .number(let text): text
      default: nil
      }
    if let written, let duration = Duration(text: written) { return duration }
    let found = written.map { "\"\($0)\"" } ?? node.kindName
    report.error(
      "\(found) is not a duration.",
      at: node.offset,
      remedy: "Write it like \"90s\", \"30m\", \"24h\" or \"7d\"; a bare number is seconds."
    )
    return nil
  }

  /// The duration as written in the file.
  public var shown: String { "\"\(text)\"" }
}
