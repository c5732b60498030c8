// SPDX-License-Identifier: Apache-2.0

/// A function that a template applies to a value: `{{ severity|upper }}`.
///
/// A filter with arguments gets them when the template is read, so that a wrong argument is found then. No filter fails on
/// a value of another kind: it reads its text.
package struct TemplateFilter: Sendable {
  /// What a filter can be applied to.
  enum Input: Sendable {
    case single
    case several
    case anything
  }

  /// What it makes.
  enum Output: Sendable {
    case same
    case text
    case number
    case instant
  }

  typealias Function = @Sendable (TemplateValue, inout TemplateBudget) throws(TemplateFault) -> TemplateValue

  package let name: String
  /// How it is written, for messages and docs.
  package let usage: String
  let input: Input
  let output: Output
  /// Reads the arguments; nil for `default`, whose argument is any value.
  let make: (@Sendable (TemplateArguments) throws(TemplateMisuse) -> Function)?

  init(
    _ name: String,
    _ usage: String,
    on input: Input = .single,
    to output: Output = .text,
    make: (@Sendable (TemplateArguments) throws(TemplateMisuse) -> Function)?
  ) {
    self.name = name
    self.usage = usage
    self.input = input
    self.output = output
    self.make = make
  }

  /// Every filter.
  package static let all: [TemplateFilter] = [fallback] + texts + times + lists

  /// The filter with that name; nil if there is none.
  static func named(_ name: String) -> TemplateFilter? { byName[name] }
  private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

  private static let fallback = TemplateFilter(
    "default",
    "default:\"none\"",
    on: .anything,
    to: .same,
    make: nil
  )

  /// A filter without arguments that changes a text.
  static func ofText(_ name: String, _ change: @escaping @Sendable (String) -> String) -> TemplateFilter {
    TemplateFilter(name, name) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(0...0)
      return { (value, _) throws(TemplateFault) in .text(change(value.text)) }
    }
  }
}

/// A filter as it is used in a template.
struct TemplateFilterCall: Sendable, Hashable {
  enum Operation: Sendable {
    case apply(TemplateFilter.Function)
    /// Another value if there is none.
    case fallback(TemplateExpression)
  }

  let name: String
  let arguments: [TemplateExpression]
  let operation: Operation

  static func == (left: TemplateFilterCall, right: TemplateFilterCall) -> Bool {
    left.name == right.name && left.arguments == right.arguments
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(arguments)
  }
}

/// A wrong argument of a filter.
struct TemplateMisuse: Error {
  let text: String
  var remedy = ""
}

/// The constants after a filter's colon.
struct TemplateArguments {
  private let filter: String
  private let constants: [TemplateExpression]

  init(_ constants: [TemplateExpression], of filter: String) {
    self.constants = constants
    self.filter = filter
  }

  var count: Int { constants.count }

  func expect(_ count: ClosedRange<Int>) throws(TemplateMisuse) {
    if count.contains(constants.count) { return }
    let expected =
      count.upperBound == 0
      ? "no argument"
      : count.lowerBound == count.upperBound
        ? "\(count.lowerBound) argument\(count.lowerBound == 1 ? "" : "s")"
        : count.upperBound == .max
          ? "\(count.lowerBound) or more arguments" : "\(count.lowerBound) to \(count.upperBound) arguments"
    throw TemplateMisuse(text: "the filter `\(filter)` takes \(expected), not \(constants.count).")
  }

  /// An argument as text; a number is its digits.
  func text(_ index: Int) -> String {
    switch constants[index] {
    case .text(let text): text
    case .number(let number): String(number)
    case .bool(let value): value ? "true" : "false"
    default: ""
    }
  }

  /// An argument that is a whole number in a range.
  func number(_ index: Int, in range: ClosedRange<Int>) throws(TemplateMisuse) -> Int {
    guard let number = Int(text(index)), range.contains(number) else {
      let allowed = "in \(range.lowerBound.grouped)…\(range.upperBound.grouped)"
      throw TemplateMisuse(text: "the filter `\(filter)` takes a whole number \(allowed).")
    }
    return number
  }

  /// An argument that is not empty.
  func filledText(_ index: Int) throws(TemplateMisuse) -> String {
    let text = text(index)
    if text.isEmpty { throw TemplateMisuse(text: "the filter `\(filter)` needs a text that is not empty.") }
    return text
  }

  var texts: [String] { constants.indices.map(text) }
}
