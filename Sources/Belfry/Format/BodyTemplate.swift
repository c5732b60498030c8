// SPDX-License-Identifier: Apache-2.0

/// JSON whose strings hold placeholders such as `{{title}}`.
///
/// It is parsed into a tree and the tree is filled in, so that a value can only be the string, number or list it stands
/// for.
public struct BodyTemplate: FieldValue, Hashable {
  /// A part of a string.
  enum Part: Sendable, Hashable {
    case text(String)
    case placeholder(Placeholder)
  }

  /// A value by its name, with filters: `{{severity|upper}}`.
  struct Placeholder: Sendable, Hashable {
    var name: String
    var filters: [TemplateFilterCall] = []
    /// Whether it can be a part of a text.
    var isSingle = true
  }

  /// A node of the tree.
  indirect enum Node: Sendable, Hashable {
    /// JSON without placeholders.
    case literal([UInt8])
    case text([Part])
    /// A string with a variable: it may be a key, and is never shown.
    case secret(Secret)
    case list([Node])
    case object([Member])
  }

  struct Member: Sendable, Hashable {
    var name: String
    var node: Node
  }

  let root: Node

  /// Any JSON value.
  public static var shape: FieldShape { .any("any JSON, with placeholders such as \"{{title}}\" in its texts") }

  /// Reads a template; an unknown placeholder is reported with the closest known one.
  public static func read(_ node: JSONNode, _ report: inout Report) -> BodyTemplate? {
    if node.members?.isEmpty == true {
      report.error(
        "an empty body says nothing.",
        at: node.offset,
        remedy: "Remove the key to send the whole notice."
      )
      return nil
    }
    let errors = report.errorCount
    let root = tree(node, &report)
    return report.errorCount == errors ? BodyTemplate(root: root) : nil
  }

  /// Whether a string in it came from a variable.
  public var hasSecret: Bool { root.hasSecret }

  /// The length in bytes with every placeholder empty.
  public var leastBytes: Int { root.leastBytes }

  /// A fixed text: the template may be long.
  public var shown: String { "a template" }

  private static func tree(_ node: JSONNode, _ report: inout Report) -> Node {
    switch node.value {
    case .null: return .literal(Array("null".utf8))
    case .bool(let value): return .literal(Array("\(value)".utf8))
    case .number(let text): return .literal(Array(text.utf8))
    case .string(let text): return string(text, node, &report)
    case .array(let elements):
      return .list(elements.enumerated().map { index, element in report.within("[\(index)]") { tree(element, &$0) } })
    case .object(let members):
      return .object(
        members.map { member in
          report.within(member.name) { report in
            if member.name.contains("{{") {
              report.error(
                "a member's name cannot contain placeholders.",
                at: member.offset,
                remedy: "Use it in a text."
              )
            }
            return Member(name: member.name, node: tree(member.node, &report))
          }
        }
      )
    }
  }

  private static func string(_ text: String, _ node: JSONNode, _ report: inout Report) -> Node {
    // A variable's value is used literally: it is the operator's, and may contain braces.
    guard node.substitution == nil else {
      return .secret(Secret.read(text, .several, at: node.offset, &report) ?? Secret())
    }
    var parts: [Part] = []
    var rest = Substring(text)
    while let start = rest.firstRange(of: "{{") {
      guard let end = rest[start.upperBound...].endOfPlaceholder else {
        report.error("a placeholder is not closed.", at: node.offset, remedy: "Write it as {{title}}.")
        return .text([])
      }
      if start.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
      parts.append(.placeholder(placeholder(rest[start.upperBound..<end.lowerBound], at: node, &report)))
      rest = rest[end.upperBound...]
    }
    if parts.isEmpty || !rest.isEmpty { parts.append(.text(String(rest))) }
    for case .placeholder(let placeholder) in parts where parts.count > 1 && !placeholder.isSingle {
      report.error(
        "{{\(placeholder.name)}} is not a text.",
        at: node.offset,
        remedy: "Use it alone: \"{{\(placeholder.name)}}\"."
      )
    }
    return .text(parts)
  }

  /// A name, and filters after the first `|`.
  private static func placeholder(_ text: Substring, at node: JSONNode, _ report: inout Report) -> Placeholder {
    let bar = text.firstIndex(of: "|") ?? text.endIndex
    let name = String(String(text[..<bar]).trimmed)
    var placeholder = Placeholder(name: name)
    guard let shape = NoticeDocument.shape.placeholder(name) else {
      report.error(
        "there is no placeholder {{\(name)}}.",
        at: node.offset,
        remedy: Nearest.remedy(for: name, among: NoticeDocument.names + ["labels.NAME", "annotations.NAME"])
      )
      return placeholder
    }
    placeholder.isSingle = shape.isSingle
    if bar == text.endIndex { return placeholder }
    if case .list = shape {
      report.error("{{\(name)}} cannot be filtered.", at: node.offset, remedy: "Use it alone: \"{{\(name)}}\".")
      return placeholder
    }
    do throws(TemplateProblem) {
      var parser = TemplateParser(String(text[bar...]), root: NoticeDocument.shape)
      let (calls, result) = try parser.filters(of: shape)
      placeholder.filters = calls
      placeholder.isSingle = result.isSingle
    } catch {
      report.error("{{\(name)}}: \(error.text)", at: node.offset, remedy: error.remedy)
    }
    return placeholder
  }
}

extension BodyTemplate {
  /// The names before and after the first dot; nil if there is none.
  fileprivate static func path(_ name: String) -> (labels: String, label: String)? {
    guard let dot = name.firstIndex(of: ".") else { return nil }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }
}

extension TemplateShape {
  /// The shape of a placeholder, in whose name everything after `labels.` or `annotations.` is a name, too.
  fileprivate func placeholder(_ name: String) -> TemplateShape? {
    if let shape = member(name) { return shape }
    guard let (labels, label) = BodyTemplate.path(name), member(labels) == .labels, !label.isEmpty else { return nil }
    return .text
  }
}

extension Substring {
  /// The `}}` that ends a placeholder: the first one that is not in quotes after a `|`.
  fileprivate var endOfPlaceholder: Range<Index>? {
    var quote: UInt8?
    var hasFilter = false
    var isEscaped = false
    var index = utf8.startIndex
    while index < utf8.endIndex {
      let byte = utf8[index]
      let next = utf8.index(after: index)
      switch byte {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\") where quote != nil: isEscaped = true
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        if hasFilter { quote = quote == nil ? byte : quote == byte ? nil : quote }
      case UInt8(ascii: "|"): hasFilter = true
      case UInt8(ascii: "}") where quote == nil && next < utf8.endIndex && utf8[next] == byte:
        return index..<utf8.index(after: next)
      default: break
      }
      index = next
    }
    return nil
  }
}

extension BodyTemplate.Node {
  fileprivate var hasSecret: Bool {
    switch self {
    case .literal, .text: false
    case .secret: true
    case .list(let nodes): nodes.contains(where: \.hasSecret)
    case .object(let members): members.contains(where: \.node.hasSecret)
    }
  }

  fileprivate var leastBytes: Int {
    switch self {
    case .literal(let bytes): bytes.count
    case .text(let parts): 2 + parts.reduce(0) { if case .text(let text) = $1 { $0 + text.utf8.count } else { $0 } }
    case .secret(let secret): 2 + secret.reveal().utf8.count
    case .list(let nodes): 2 + nodes.reduce(0) { $0 + $1.leastBytes + 1 }
    case .object(let members): 2 + members.reduce(0) { $0 + $1.name.utf8.count + $1.node.leastBytes + 4 }
    }
  }
}

extension BodyTemplate {
  /// The template with the values of a notice, in at most `limit` bytes: if necessary with shorter texts, then with fewer
  /// alerts.
  public func filled(with notice: Notice, within limit: Int) -> SealedText {
    let document = NoticeDocument(notice)
    let filler = TemplateFiller(document)
    return document.fitted(within: limit, measuring: \.byteCount) { filler.json(self, $0) }
  }
}

/// Fills a notice's values into a template.
private struct TemplateFiller {
  private let document: NoticeDocument
  private let shorthands: [String: NoticeDocument.Value]

  init(_ document: NoticeDocument) {
    self.document = document
    shorthands = Dictionary(document.shorthands().map { ($0.name, $0.value) }) { first, _ in first }
  }

  func json(_ template: BodyTemplate, _ extent: NoticeDocument.Extent) -> SealedText {
    let members = Dictionary(document.members(extent).map { ($0.name, $0.value) }) { first, _ in first }
    let values = members.merging(shorthands) { first, _ in first }
    var writer = JSONWriter()
    write(template.root, to: &writer, Values(all: values, extent: extent))
    return writer.sealedText
  }

  private struct Values {
    let all: [String: NoticeDocument.Value]
    let extent: NoticeDocument.Extent
  }

  private func write(_ node: BodyTemplate.Node, to writer: inout JSONWriter, _ values: Values) {
    switch node {
    case .literal(let bytes): writer.json(bytes)
    case .secret(let secret): writer.secret(secret)
    case .text(let parts):
      if case .placeholder(let placeholder)? = parts.first, parts.count == 1 {
        document.write(value(placeholder, values), to: &writer, values.extent)
      } else {
        writer.string(parts.map { text($0, values) }.joined())
      }
    case .list(let nodes):
      writer.beginArray()
      for node in nodes { write(node, to: &writer, values) }
      writer.endArray()
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.key(member.name)
        write(member.node, to: &writer, values)
      }
      writer.endObject()
    }
  }

  private func text(_ part: BodyTemplate.Part, _ values: Values) -> String {
    switch part {
    case .text(let text): text
    case .placeholder(let placeholder): document.text(of: value(placeholder, values), values.extent)
    }
  }

  /// A value after its filters; without them if they reach a limit.
  private func value(_ placeholder: BodyTemplate.Placeholder, _ values: Values) -> NoticeDocument.Value {
    let value = value(placeholder.name, values)
    if placeholder.filters.isEmpty { return value }
    let data = BodyData { document.templateValue(of: self.value($0, values)) }
    var run = TemplateRun(data, .standard)
    do throws(TemplateFault) {
      switch try run.filtered(document.templateValue(of: value), by: placeholder.filters) {
      case .number(let number): return .number(number)
      case .labels(let labels): return .labels(labels)
      case let result:
        guard case .whole = value else { return .text(result.text) }
        return .whole(result.text)
      }
    } catch {
      return value
    }
  }

  private func value(_ name: String, _ values: Values) -> NoticeDocument.Value {
    if let value = values.all[name] { return value }
    guard let (labels, label) = BodyTemplate.path(name), case .labels(let all)? = values.all[labels] else {
      return .text("")
    }
    return .text(all[label] ?? "")
  }
}

/// The values of a body for the arguments of its filters.
private struct BodyData: TemplateObject {
  let value: @Sendable (String) -> TemplateValue
  var memberNames: [String] { [] }
  func member(_ name: String) -> TemplateValue { value(name) }
}

extension NoticeDocument {
  /// The shapes of the values that a body can use.
  fileprivate static let shape: TemplateShape = {
    let shapes = example.map { name, value -> (String, TemplateShape) in
      switch value {
      case .text, .whole, .message: (name, .text)
      case .number: (name, .number)
      case .labels: (name, .labels)
      case .alerts: (name, .list(.any))
      }
    }
    return .object(Dictionary(shapes) { first, _ in first })
  }()

  fileprivate func templateValue(of value: Value) -> TemplateValue {
    switch value {
    case .text(let text), .whole(let text): .text(text)
    case .message: .text(words.plain)
    case .number(let number): .number(number)
    case .labels(let labels): .labels(labels)
    case .alerts: .none
    }
  }
}
