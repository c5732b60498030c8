// SPDX-License-Identifier: Apache-2.0

/// A text with placeholders, conditions and loops, in the syntax of Stencil, Jinja and Django.
///
/// It is read and checked once. Rendering it is pure, and limited in time and size whatever the data.
package struct Template: Sendable, Hashable {
  let nodes: [TemplateNode]

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - source: The template's text.
  ///   - shape: The names that exist. Any other name is a problem.
  /// - Throws: the first problem, with its place.
  package init(_ source: String, for shape: TemplateShape) throws(TemplateProblem) {
    var parser = TemplateParser(source, root: shape)
    nodes = try parser.template()
  }

  /// The text for some data.
  ///
  /// - Throws: a fault if a limit is reached; everything else that can go wrong is a `TemplateProblem`.
  package func render(
    _ data: any TemplateObject,
    within limits: TemplateLimits = .standard
  ) throws(TemplateFault) -> String {
    var run = TemplateRun(data, limits)
    return try run.text(of: nodes)
  }
}

/// How much a template may cost.
package struct TemplateLimits: Sendable, Hashable {
  /// The largest template, in bytes.
  package static let sourceBytes = 16 << 10
  /// How deep blocks and parentheses may be nested.
  package static let depth = 16

  /// The largest text that it may make, in bytes.
  package var outputBytes = 64 << 10
  /// The number of values used, filters applied and rounds of loops; long texts count more than once.
  package var steps = 10_000

  package init() {}

  package static let standard = TemplateLimits()
}

/// What is wrong with a template, and where.
package struct TemplateProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// One sentence.
  package let text: String
  /// A sentence that says what to write instead; may be empty.
  package let remedy: String
  /// The line, from 1.
  package let line: Int
  /// The place in the line in characters, from 1.
  package let column: Int

  /// The place and the sentence, such as `line 2, column 14: there is no value "tilte".`.
  package var description: String { "line \(line), column \(column): \(text)" }
}

/// Why a template's text could not be made.
package enum TemplateFault: Error, Sendable, Hashable, CustomStringConvertible {
  case tooLong(limit: Int)
  case tooManySteps(limit: Int)

  /// A clause for a message.
  package var description: String {
    switch self {
    case .tooLong(let limit): "its text is longer than \(limit.grouped) bytes"
    case .tooManySteps(let limit): "it takes more than \(limit.grouped) steps"
    }
  }
}

// MARK: - What it is made of

indirect enum TemplateNode: Sendable, Hashable {
  case text(String)
  case value(TemplateExpression)
  case condition([Branch], otherwise: [TemplateNode])
  case loop(Loop)

  struct Branch: Sendable, Hashable {
    let condition: TemplateExpression
    let body: [TemplateNode]
  }

  struct Loop: Sendable, Hashable {
    /// One name for each element, or one for the name and one for the value of labels.
    let variables: [String]
    let list: TemplateExpression
    let body: [TemplateNode]
    let otherwise: [TemplateNode]
  }
}

/// An expression; chains are lists, so that only parentheses nest.
indirect enum TemplateExpression: Sendable, Hashable {
  case text(String)
  case number(Int)
  case bool(Bool)
  /// A name, and the members that lead on from it.
  case path(String, [String])
  case filtered(TemplateExpression, [TemplateFilterCall])
  case compared(TemplateExpression, Comparison, TemplateExpression)
  case not(TemplateExpression)
  case all([TemplateExpression])
  case any([TemplateExpression])

  enum Comparison: String, Sendable, Hashable, CaseIterable {
    case equal = "=="
    case unequal = "!="
    case atMost = "<="
    case atLeast = ">="
    case less = "<"
    case greater = ">"
    case contained = "in"
  }
}
