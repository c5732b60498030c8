// SPDX-License-Identifier: Apache-2.0

/// Where the alerts are in the JSON of a service, and which of its members become which fields of an alert.
///
/// A source of your own can have it as a setting, as the built-in `http` source has it as `map`.
public struct AlertMap: FieldRecord, Hashable {
  /// Where the list of alerts is; empty if the whole text is the list.
  public var list = MemberPath()
  /// Values of members by which an entry of the list is an active alert; empty if every entry is one.
  public var only = NamedTexts()
  /// The alert's id, which must stay the same while it is active.
  public var id = MappedText()
  /// The severity; a warning by default.
  public var severity = MappedText(constant: "warning")
  /// The category; empty by default.
  public var category = MappedText()
  /// The title.
  public var title = MappedText()
  /// The longer description; empty by default.
  public var detail = MappedText()
  /// The link; empty by default.
  public var link = MappedText()
  /// Where the alert comes from; empty by default.
  public var panel = MappedText()
  /// When the alert began, as ISO 8601 or in seconds or milliseconds since 1970; unknown by default.
  public var firstSeen = MappedText()
  /// The labels; none by default.
  public var labels = MappedLabels()
  /// The annotations; none by default.
  public var annotations = MappedLabels()
  /// Free text.
  public var note = ""

  /// Creates a map that reads nothing.
  public init() {}

  /// Every key of the object.
  public static let fields: [Field<AlertMap>] = [
    .optional(
      "list",
      \.list,
      "Where the list of alerts is.",
      otherwise: "the answer is the list",
      example: "data.items"
    ),
    .optional(
      "only",
      \.only,
      "Members of an entry, each with a value or a list of values; an entry with another value is not an active alert.",
      otherwise: "every entry is one"
    ),
    .required("id", \.id, "The alert's id, which must stay the same while it is active.", example: "uuid"),
    .optional("severity", \.severity, "The severity.", otherwise: "warning", example: "priority"),
    .optional("category", \.category, "The category.", otherwise: "none"),
    .required("title", \.title, "The title, one line.", example: "summary"),
    .optional("detail", \.detail, "A longer description.", otherwise: "none"),
    .optional("link", \.link, "A link for details.", otherwise: "none"),
    .optional("source_panel", \.panel, "Where the alert comes from, such as the name of a rule.", otherwise: "none"),
    .optional(
      "first_seen_at",
      \.firstSeen,
      "When the alert began, as 2026-11-23T17:00:00Z or in seconds or milliseconds since 1970.",
      otherwise: "when Belfry first saw it"
    ),
    .optional(
      "labels",
      \.labels,
      "The labels, by name; or the path of an object whose members are all labels.",
      otherwise: "none"
    ),
    .optional(
      "annotations",
      \.annotations,
      "The annotations, as for `labels`: what is shown of an alert, but never routed or grouped by.",
      otherwise: "none"
    ),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  /// Nothing to show.
  public var shown: String { "none" }
}

/// The way to a value in JSON: the names of the members, with dots between them, such as `owner.team`.
///
/// A number is an index in a list. For a name that contains a dot, a path can also be a JSON Pointer such as `/owner/a.b`
/// (RFC 6901).
public struct MemberPath: FieldValue, Hashable {
  /// The names and indices, from the outermost.
  public var steps: [String] = []
  /// The path as it is written.
  public private(set) var text = ""

  /// Creates the empty path, which leads to the whole value.
  public init() {}

  /// Creates a path from its text.
  public init(_ text: String) {
    self.text = text
    if text.utf8.first == UInt8(ascii: "/") {
      // RFC 6901 §4: ~1 first, so that ~01 becomes ~1.
      steps = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
        String($0).replacing("~1", with: "/").replacing("~0", with: "~")
      }
    } else {
      steps = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// A string.
  public static var shape: FieldShape { .string("a path of members such as \"owner.team\"") }

  /// Reads a path.
  public static func read(_ node: JSONNode, _ report: inout Report) -> MemberPath? {
    guard let text = String.read(node, &report) else { return nil }
    if MappedText.isTemplate(text) {
      let remedy = "Write the template as the whole value, without `from`."
      report.error("a template is not a path.", at: node.offset, remedy: remedy)
      return nil
    }
    let path = MemberPath(text)
    guard !path.steps.contains("") else {
      report.error("\"\(text)\" is not a path.", at: node.offset, remedy: "Write member names with dots between them.")
      return nil
    }
    return path
  }

  /// The path in quotes.
  public var shown: String { text.isEmpty ? "none" : "\"\(text)\"" }

  /// The value that the path leads to; nil if there is none.
  public func value(in node: JSONNode) -> JSONNode? {
    steps.reduce(node) { node, step in node.flatMap { $0.child(step) } }
  }
}

extension JSONNode {
  /// The member with that name, or the element with that index.
  func child(_ step: String) -> JSONNode? {
    if let elements { return Int(step).flatMap { elements.indices.contains($0) ? elements[$0] : nil } }
    return self[step]
  }
}

/// A text of an alert, as a map reads it: from a member, with a default and a table of replacements; a constant; or a
/// template over the entry's members, such as `{{ host }}: {{ name|default:"alert" }}`.
public struct MappedText: FieldValue, Hashable {
  /// Where the text is: the first of these paths that leads to a text counts.
  public var paths: [MemberPath]
  /// The text of every alert; nil if it is read.
  public var constant: String?
  /// The text if none of the paths leads to one, or if the table does not have it; nil for none.
  public var fallback: String?
  /// Texts and what they become, compared by bytes; empty if texts are used as they are.
  public var table: [ExactText: String] = [:]
  /// The template that makes the text; nil if it is read or constant.
  package var template: Template?

  /// Creates a text that is always the same; by default there is none.
  public init(constant: String? = nil) {
    paths = []
    self.constant = constant
  }

  /// A path, a template, or an object.
  public static var shape: FieldShape {
    .said(
      "a path of members, a template, or an object with from or value, default and table",
      .oneOf([MemberPath.shape, .record(Written.fields.map(\.summary))])
    )
  }

  /// Whether a text in the file is a template, not a path.
  static func isTemplate(_ text: String) -> Bool {
    ["{{", "{%", "{#"].contains { !BytePattern(Array($0.utf8)).occurrences(in: Array(text.utf8)).isEmpty }
  }

  private static func template(_ text: String, _ node: JSONNode, _ report: inout Report) -> MappedText? {
    guard node.substitution == nil else {
      let remedy = "Write the text itself."
      report.error("a template cannot contain a variable.", at: node.offset, remedy: remedy)
      return nil
    }
    do throws(TemplateProblem) {
      var mapped = MappedText()
      mapped.template = try Template(text, for: .any)
      return mapped
    } catch {
      report.error(error.description, at: node.offset, remedy: error.remedy)
      return nil
    }
  }

  /// Reads a path, a template, or an object that says more.
  public static func read(_ node: JSONNode, _ report: inout Report) -> MappedText? {
    guard node.members != nil else {
      guard let text = node.string else {
        report.error("expected \(shape.text), found \(node.kindName).", at: node.offset)
        return nil
      }
      if isTemplate(text) { return template(text, node, &report) }
      return MemberPath.read(node, &report).map { path in
        var text = MappedText()
        text.paths = [path]
        return text
      }
    }
    return Written.read(node, &report).map { written in
      var text = MappedText(constant: written.value)
      text.paths = written.from
      text.fallback = written.fallback
      text.table = Dictionary(written.table.entries.map { (ExactText($0.name), $0.texts[0]) }) { first, _ in first }
      return text
    }
  }

  /// Nothing to show.
  public var shown: String { "none" }

  /// Where the text is, for messages.
  var place: String {
    if template != nil { return "its template" }
    return paths.map { "`\($0.text)`" }.joined(separator: " or ")
  }

  /// The object form.
  private struct Written: FieldRecord {
    var from: [MemberPath] = []
    var value: String?
    var fallback: String?
    var table = NamedTexts()

    static let fields: [Field<Written>] = [
      .optional(
        "from",
        \.from,
        "The path of the text; of several, the first that leads to a text.",
        otherwise: "`value`"
      ),
      .optional("value", \.value, "The text of every alert.", otherwise: "it is read `from` the answer"),
      .optional("default", \.fallback, "The text if there is none, or if `table` does not have it.", otherwise: "none"),
      .optional("table", \.table, "Texts, and what each becomes.", otherwise: "texts are used as they are"),
    ]

    var shown: String { "none" }

    mutating func check(_ node: JSONNode, _ report: inout Report) {
      if from.isEmpty == (value == nil) {
        report.error("it needs either `from` or `value`.", at: node.offset, remedy: "Write one of them.")
      }
      if value != nil, fallback != nil || !table.entries.isEmpty {
        report.error("`value` is the same for every alert.", at: node.offset, remedy: "Remove `default` and `table`.")
      }
      for entry in table.entries where entry.texts.count != 1 {
        report.error("\"\(entry.name)\" becomes one text.", at: node.offset, remedy: "Write one string.")
      }
    }
  }
}

/// Names, each with a text or a list of texts.
public struct NamedTexts: FieldValue, Hashable {
  /// A name and its texts, at least one.
  public struct Entry: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The texts.
    public var texts: [String]
  }

  /// The entries, in the order of the file.
  public private(set) var entries: [Entry] = []

  /// Creates an empty list.
  public init() {}

  /// An object of texts.
  public static var shape: FieldShape {
    .said("an object of names, each with a text or a list", .named([String].shape))
  }

  /// Reads the members.
  public static func read(_ node: JSONNode, _ report: inout Report) -> NamedTexts? {
    var named = NamedTexts()
    let isValid = report.readMembers(of: node, expecting: shape) { member, report in
      guard let texts = [String].read(member.node, &report) else { return }
      if texts.isEmpty {
        return report.error("the list is empty.", at: member.node.offset, remedy: "Name at least one.")
      }
      named.entries.append(Entry(name: member.name, texts: texts))
    }
    return isValid ? named : nil
  }

  /// The names.
  public var shown: String { entries.isEmpty ? "none" : entries.map(\.name).joined(separator: ", ") }
}

/// The labels of an alert, as a map reads them.
public struct MappedLabels: FieldValue, Hashable {
  /// A label's name, and where its value is.
  public struct Label: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The value; an alert without one does not have the label.
    public var value: MappedText
  }

  /// An object whose members are all labels; nil for none.
  public var all: MemberPath?
  /// Labels one by one.
  public var named: [Label] = []

  /// Creates a value without labels.
  public init() {}

  /// A path, or an object of names.
  public static var shape: FieldShape {
    .said(
      "an object of names, each with a path, or the path of an object",
      .oneOf([MemberPath.shape, .named(MappedText.shape)])
    )
  }

  /// Reads a path, or an object of names.
  public static func read(_ node: JSONNode, _ report: inout Report) -> MappedLabels? {
    var labels = MappedLabels()
    guard let members = node.members else {
      guard let path = MemberPath.read(node, &report) else { return nil }
      labels.all = path
      return labels
    }
    let errors = report.errorCount
    for member in members {
      if let value = report.within(member.name, { MappedText.read(member.node, &$0) }) {
        labels.named.append(Label(name: member.name, value: value))
      }
    }
    return report.errorCount == errors ? labels : nil
  }

  /// The names.
  public var shown: String { all?.shown ?? (named.isEmpty ? "none" : named.map(\.name).joined(separator: ", ")) }
}
