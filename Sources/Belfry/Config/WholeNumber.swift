// SPDX-License-Identifier: Apache-2.0

extension Int: FieldValue {
  /// A whole number.
  public static var shape: FieldShape { .integer(Int.min...Int.max) }

  /// Reads a whole number, or the digits of one if it came from a variable.
  public static func read(_ node: JSONNode, _ report: inout Report) -> Int? {
    read(node, in: Int.min...Int.max, &report)
  }

  /// Reads a whole number within bounds; any other value is reported with the bounds.
  public static func read(_ node: JSONNode, in range: ClosedRange<Int>, _ report: inout Report) -> Int? {
    let written: String? =
      switch node.value {
      case .number(let text): text
      case .string(let text) where node.substitution != nil: text
      default: nil
      }
    if let number = written.flatMap({ Int($0) }), range.contains(number) { return number }
    let remedy = range == 1...Int.max ? "Write 1 or more." : ""
    report.error(
      "expected \(FieldShape.integer(range)), found \(written ?? node.kindName).",
      at: node.offset,
      remedy: remedy
    )
    return nil
  }

  /// The number.
  public var shown: String { String(self) }
}

extension Duration {
  /// Reads a duration within bounds; one outside of them is reported with the bounds.
  public static func read(_ node: JSONNode, in range: ClosedRange<Duration>, _ report: inout Report) -> Duration? {
    guard let duration = read(node, &report) else { return nil }
    guard range.contains(duration) else {
      let bounds = "\(range.lowerBound.text) to \(range.upperBound.text)"
      report.error("\(duration.text) is not a duration from \(bounds).", at: node.offset, remedy: "Write \(bounds).")
      return nil
    }
    return duration
  }
}

extension Field where Root: FieldContainer {
  /// A required whole number within bounds.
  public static func required(
    _ name: String,
    _ path: any WritableKeyPath<Root, Int> & Sendable,
    in range: ClosedRange<Int>,
    _ note: String,
    example: String = ""
  ) -> Field {
    Field(name, path, note, example: example, isRequired: true, shape: .integer(range)) {
      Int.read($0, in: range, &$1)
    }
  }

  /// A whole number within bounds that may be left out; the default is the value that `Root()` starts with.
  public static func optional(
    _ name: String,
    _ path: any WritableKeyPath<Root, Int> & Sendable,
    in range: ClosedRange<Int>,
    _ note: String,
    example: String = ""
  ) -> Field {
    Field(name, path, note, example: example, shape: .integer(range)) { Int.read($0, in: range, &$1) }
  }

  /// A duration within bounds that may be left out; the default is the value that `Root()` starts with.
  public static func optional(
    _ name: String,
    _ path: any WritableKeyPath<Root, Duration> & Sendable,
    in range: ClosedRange<Duration>,
    _ note: String,
    example: String = ""
  ) -> Field {
    let shape = Duration.shape("a duration from \(range.lowerBound.text) to \(range.upperBound.text)")
    return Field(name, path, note, example: example, shape: shape) { Duration.read($0, in: range, &$1) }
  }
}
