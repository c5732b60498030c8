// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The type of a value in a tool's arguments or answer: one description for both the schema and the check.
package indirect enum MCPShape: Sendable, Hashable {
  case text
  case choice([String])
  case integer(ClosedRange<Int>)
  case bool
  case list(MCPShape)
  /// An object whose keys are names chosen by the user.
  case named(MCPShape)
  /// An object with exactly these keys.
  case record([MCPField])
  case either(MCPShape, MCPShape)
  case orNull(MCPShape)
  /// An object that is not described further.
  case object
}

/// A key of an object.
package struct MCPField: Sendable, Hashable {
  package var name: String
  package var shape: MCPShape
  package var note: String
  package var isRequired: Bool

  /// Describes a key; one that is not `required` may be omitted.
  package init(_ name: String, _ shape: MCPShape, _ note: String = "", required: Bool = false) {
    self.name = name
    self.shape = shape
    self.note = note
    self.isRequired = required
  }
}

// MARK: - Schema
extension MCPShape {
  /// Writes it as JSON Schema 2020-12.
  func encode(into writer: inout JSONWriter, note: String = "") {
    writer.object { writer in
      if !note.isEmpty { writer.member("description", note) }
      members(into: &writer)
    }
  }

  private func members(into writer: inout JSONWriter) {
    switch self {
    case .text: writer.member("type", "string")
    case .choice(let words):
      writer.member("type", "string")
      writer.member("enum", words)
    case .integer(let range):
      writer.member("type", "integer")
      writer.member("minimum", range.lowerBound)
      if range.upperBound < .max { writer.member("maximum", range.upperBound) }
    case .bool: writer.member("type", "boolean")
    case .list(let element):
      writer.member("type", "array")
      writer.key("items")
      element.encode(into: &writer)
    case .named(let value):
      writer.member("type", "object")
      writer.key("additionalProperties")
      value.encode(into: &writer)
    case .record(let fields): MCPShape.record(fields, into: &writer)
    case .either(let one, let other): MCPShape.any(of: [one, other], into: &writer)
    case .orNull(let shape):
      writer.key("anyOf")
      writer.beginArray()
      shape.encode(into: &writer)
      writer.object { $0.member("type", "null") }
      writer.endArray()
    case .object: writer.member("type", "object")
    }
  }

  private static func any(of shapes: [MCPShape], into writer: inout JSONWriter) {
    writer.key("anyOf")
    writer.array(shapes) { $1.encode(into: &$0) }
  }

  private static func record(_ fields: [MCPField], into writer: inout JSONWriter) {
    writer.member("type", "object")
    writer.key("properties")
    writer.object { writer in
      for field in fields {
        writer.key(field.name)
        field.shape.encode(into: &writer, note: field.note)
      }
    }
    let required = fields.filter(\.isRequired).map(\.name)
    if !required.isEmpty { writer.member("required", required) }
    writer.member("additionalProperties", false)
  }
}

// MARK: - Check
extension MCPShape {
  /// What is wrong with a value, worded so that it can be corrected; empty if it matches.
  func complaints(about node: JSONNode, at path: String = "") -> [String] {
    let place = path.isEmpty ? "the arguments" : path
    func expected(_ what: String) -> [String] { ["\(place): expected \(what), found \(node.kindName)."] }
    switch self {
    case .text: return node.string == nil ? expected("a string") : []
    case .choice(let words):
      let list = words.joined(separator: ", ")
      guard let word = node.string else { return expected("one of \(list)") }
      return words.contains(word) ? [] : ["\(place): \(word.oneLine.truncated(to: 40)) is not one of \(list)."]
    case .integer(let range):
      guard case .number(let text) = node.value, let number = Int(text) else { return expected("a whole number") }
      return range.contains(number) ? [] : ["\(place): \(number) is not \(range.lowerBound) to \(range.upperBound)."]
    case .bool:
      if case .bool = node.value { return [] }
      return expected("true or false")
    case .list(let element):
      guard let elements = node.elements else { return expected("a list") }
      return elements.enumerated().flatMap { element.complaints(about: $1, at: "\(place)[\($0)]") }
    case .named(let value):
      guard let members = node.members else { return expected("an object") }
      return members.flatMap { value.complaints(about: $0.node, at: MCPShape.path(path, $0.name)) }
    case .record(let fields): return complaints(about: node, fields, path, place)
    case .either(let one, let other):
      let first = one.complaints(about: node, at: path)
      return first.isEmpty || other.complaints(about: node, at: path).isEmpty ? [] : first
    case .orNull(let shape): return node.value == .null ? [] : shape.complaints(about: node, at: path)
    case .object: return node.members == nil ? expected("an object") : []
    }
  }

  private func complaints(
    about node: JSONNode,
    _ fields: [MCPField],
    _ path: String,
    _ place: String
  ) -> [String] {
    guard let members = node.members else { return ["\(place): expected an object, found \(node.kindName)."] }
    let missing = fields.filter { $0.isRequired && node[$0.name] == nil }.map { "\($0.name) is missing: \($0.note)" }
    return missing
      + members.flatMap { member in
        let name = MCPShape.path(path, member.name.oneLine.truncated(to: 40))
        guard let field = fields.first(where: { $0.name == member.name }) else {
          return ["\(name) is unknown. \(Nearest.remedy(for: member.name, among: fields.map(\.name)))"]
        }
        return field.shape.complaints(about: member.node, at: name)
      }
  }

  private static func path(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
