// SPDX-License-Identifier: Apache-2.0

/// The type of a key's value in `channels.json`.
public protocol FieldValue: Sendable {
  static var shape: FieldShape { get }
  /// Reads the value; if it is invalid, reports the reason and returns nil.
  static func read(_ node: JSONNode, _ report: inout Report) -> Self?
  /// The value as it may be shown.
  var shown: String { get }
}

/// The JSON shape of a value, for messages, docs and the schema.
public indirect enum FieldShape: Sendable, Hashable, CustomStringConvertible {
  /// A string; `text` describes it, such as "a duration such as 90s".
  case string(String)
  case choice([String])
  case integer(ClosedRange<Int>)
  /// Any number.
  case number
  case bool
  case secret
  case list(FieldShape)
  case oneOf([FieldShape])
  /// Any JSON value; the text describes its purpose.
  case any(String)
  /// An object described only by this text.
  case object(String)
  /// An object with exactly these keys.
  case record([FieldSummary])
  /// An object whose keys are names chosen by the user, each with a value of this shape.
  case named(FieldShape)
  /// An object of the shape with this name, which may contain others of the same shape; the text describes it.
  case reference(String, String)
  /// A shape that messages describe with this text.
  case said(String, FieldShape)

  /// The shape in words: `a whole number in 1…100`.
  public var description: String { text }

  package var text: String {
    switch self {
    case .string(let text): text
    case .choice(let choices): "one of " + choices.map { "\"\($0)\"" }.joined(separator: ", ")
    case .integer(Int.min...Int.max): "a whole number"
    case .integer(let range):
      range.upperBound == .max
        ? "a whole number from \(range.lowerBound)" : "a whole number in \(range.lowerBound)…\(range.upperBound)"
    case .number: "a number"
    case .bool: "true or false"
    case .secret: "a secret, by reference: \"${NAME}\""
    case .list(let element): "a list, each \(element.text)"
    case .oneOf(let shapes): shapes.map(\.text).joined(separator: ", or ")
    case .any(let text), .object(let text), .said(let text, _), .reference(_, let text): text
    case .record(let fields): "an object with " + FieldShape.spell(fields.map(\.name).filter { $0 != "note" })
    case .named: "an object of named entries"
    }
  }

  /// `from, to and days`.
  private static func spell(_ names: [String]) -> String {
    names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }
}

extension String: FieldValue {
  /// Any string.
  public static var shape: FieldShape { .string("a string") }
  /// Reads any string.
  public static func read(_ node: JSONNode, _ report: inout Report) -> String? {
    guard let text = node.string else {
      let isScalar = node.members == nil && node.elements == nil && node.value != .null
      let remedy = isScalar ? "Put it in quotes." : ""
      report.error("expected a string, found \(node.kindName).", at: node.offset, remedy: remedy)
      return nil
    }
    return text
  }
  /// The string in quotes; `none` if it is empty.
  public var shown: String { isEmpty ? "none" : "\"\(self)\"" }
}

extension Bool: FieldValue {
  /// `true` or `false`.
  public static var shape: FieldShape { .bool }
  /// Reads a boolean, or its word if it came from a variable.
  public static func read(_ node: JSONNode, _ report: inout Report) -> Bool? {
    switch node.value {
    case .bool(let value): return value
    case .string("true") where node.substitution != nil: return true
    case .string("false") where node.substitution != nil: return false
    default:
      report.error("expected true or false, found \(node.kindName).", at: node.offset)
      return nil
    }
  }
  /// `true` or `false`.
  public var shown: String { self ? "true" : "false" }
}

extension Array: FieldValue where Element: FieldValue {
  /// A list; one with a single element may be written without brackets.
  public static var shape: FieldShape { .oneOf([Element.shape, .list(Element.shape)]) }
  /// Reads every element and reports each invalid one.
  public static func read(_ node: JSONNode, _ report: inout Report) -> [Element]? {
    guard let elements = node.elements else { return Element.read(node, &report).map { [$0] } }
    let errorsBefore = report.errorCount
    var values: [Element] = []
    for (index, element) in elements.enumerated() {
      if let value = report.within("[\(index)]", { read(element: element, &$0) }) { values.append(value) }
    }
    return report.errorCount == errorsBefore ? values : nil
  }

  /// Reads one element; one left empty by an unset variable is omitted.
  private static func read(element node: JSONNode, _ report: inout Report) -> Element? {
    guard node.string == "", let names = node.substitution?.names else {
      return Element.read(node, &report)
    }
    if node.substitution?.isUnset == true {
      report.skip()
      return nil
    }
    report.warning(
      "it is empty, because \(names) is not set: the key is ignored.",
      at: node.offset,
      remedy: "Set \(names)."
    )
    return nil
  }

  /// The elements, separated by commas.
  public var shown: String { isEmpty ? "none" : map(\.shown).joined(separator: ", ") }
}

extension Optional: FieldValue where Wrapped: FieldValue {
  /// The shape of the wrapped type.
  public static var shape: FieldShape { Wrapped.shape }
  /// Reads a value of the wrapped type.
  public static func read(_ node: JSONNode, _ report: inout Report) -> Wrapped?? {
    Wrapped.read(node, &report).map { .some($0) }
  }
  /// The value; `none` if there is none.
  public var shown: String { map(\.shown) ?? "none" }
}
