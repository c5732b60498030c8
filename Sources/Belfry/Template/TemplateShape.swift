// SPDX-License-Identifier: Apache-2.0

/// The kind of a value as a template's author knows it: it finds a mistyped name before anything is sent.
package indirect enum TemplateShape: Sendable, Hashable {
  case text
  case number
  case bool
  case instant
  case duration
  case list(TemplateShape)
  /// Texts under names chosen by others: every name is allowed.
  case labels
  /// An object with exactly these members.
  case object([String: TemplateShape])
  /// Nothing is known: everything is allowed.
  case any

  /// The shape of a label in a loop.
  static let label = TemplateShape.object(["name": .text, "value": .text])

  /// The shape of `forloop` inside a loop.
  static let loop = TemplateShape.object([
    "first": .bool, "last": .bool, "counter": .number, "counter0": .number, "length": .number,
  ])

  /// Whether it is one value with a text.
  var isSingle: Bool {
    switch self {
    case .text, .number, .bool, .instant, .duration, .any: true
    case .list, .labels, .object: false
    }
  }

  /// Whether a loop can visit it.
  var isSeveral: Bool {
    switch self {
    case .list, .labels, .any: true
    case .text, .number, .bool, .instant, .duration, .object: false
    }
  }

  /// The shape of what a loop visits.
  var element: TemplateShape {
    switch self {
    case .list(let element): element
    case .labels: .label
    default: .any
    }
  }

  /// The names of its members if only those are allowed; nil if any name is.
  var memberNames: [String]? {
    switch self {
    case .object(let members): Array(members.keys)
    case .list: ["first", "last", "count"]
    case .labels, .any: nil
    case .text, .number, .bool, .instant, .duration: []
    }
  }

  /// The shape of a member; nil if there is no such member.
  func member(_ name: String) -> TemplateShape? {
    switch self {
    case .object(let members): members[name]
    case .list(let element):
      switch name {
      case "first", "last": element
      case "count": .number
      default: Int(name) == nil ? nil : element
      }
    case .labels: .text
    case .any: .any
    case .text, .number, .bool, .instant, .duration: nil
    }
  }

  /// The kind in words, with an article.
  var words: String {
    switch self {
    case .text: "a text"
    case .number: "a number"
    case .bool: "true or false"
    case .instant: "a time"
    case .duration: "a duration"
    case .list: "a list"
    case .labels: "a list of labels"
    case .object: "an object"
    case .any: "a value"
    }
  }
}
