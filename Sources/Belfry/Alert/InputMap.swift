// SPDX-License-Identifier: Apache-2.0

/// How the alerts in a posted JSON text are read: where they are, which member becomes which field, and what ends one.
package struct InputMap: Sendable, Hashable {
  /// Which members become fields of an alert; its `list` leads to a list of alerts, or to a single one.
  package var map = AlertMap()
  /// Which text says whether an alert ended; nil if every alert fires.
  package var status: InputStatus?
  /// What is changed in the labels.
  package var transform = AlertTransform()

  package init() {}

  /// The most alerts that one text may have.
  package static let mostAlerts = 1_000
  /// The largest text, in bytes: it is read into a tree, which takes many times its size.
  package static let mostBytes = 1 << 20
  /// How much one text of an alert may cost: less than that of a message, because a body has many.
  static let templateLimits: TemplateLimits = {
    var limits = TemplateLimits()
    limits.steps = 2_000
    return limits
  }()
}

/// Where an alert says whether it ended, and by which words.
package struct InputStatus: FieldValue, Hashable {
  /// Where the word is.
  package var text = MappedText()
  /// The words of an alert that ended; upper and lower case are the same.
  package var ends = ["resolved"]

  /// A path, a template, or an object.
  package static var shape: FieldShape {
    .said(
      "a path or a template that gives firing or resolved, or an object with from and ends",
      .oneOf([MemberPath.shape, .record(Written.fields.map(\.summary))])
    )
  }

  /// Reads a path, a template, or an object that names the words.
  package static func read(_ node: JSONNode, _ report: inout Report) -> InputStatus? {
    var status = InputStatus()
    guard node.members != nil else {
      guard let text = MappedText.read(node, &report) else { return nil }
      status.text = text
      return status
    }
    guard let written = Written.read(node, &report) else { return nil }
    status.text.paths = written.from
    status.ends = written.ends
    return status
  }

  package var shown: String { "none" }

  /// Whether a word says that the alert ended.
  func isEnd(_ word: String) -> Bool {
    let word = word.oneLine.lowercased()
    return ends.contains { $0.lowercased().isExactly(word) }
  }

  /// The object form.
  private struct Written: FieldRecord {
    var from: [MemberPath] = []
    var ends: [String] = []

    static let fields: [Field<Written>] = [
      .required("from", \.from, "The path of the word; of several, the first that leads to a text.", example: "status"),
      .required("ends", \.ends, "The words of an alert that ended.", example: "resolved"),
    ]

    var shown: String { "none" }
  }
}

/// A JSON value as a template sees it: its members by name.
struct JSONTemplateObject: TemplateObject {
  let node: JSONNode

  var memberNames: [String] { node.members?.map(\.name) ?? [] }
  func member(_ name: String) -> TemplateValue { node[name].map(TemplateValue.init) ?? .none }
}

extension TemplateValue {
  /// A JSON value; a number that is not whole is the text as it was written.
  fileprivate init(_ node: JSONNode) {
    self =
      switch node.value {
      case .null: .none
      case .bool(let value): .bool(value)
      case .number(let text): Int(text).map { .number($0) } ?? .text(text)
      case .string(let text): .text(text)
      case .array(let elements): .list(elements.map(TemplateValue.init))
      case .object: .object(JSONTemplateObject(node: node))
      }
  }
}
