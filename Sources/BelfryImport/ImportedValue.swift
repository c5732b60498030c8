// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A value of the `channels.json` that an import writes; members keep their order.
package enum ImportedValue: Sendable, Hashable {
  /// A text that contains no variable: a `${` in it is written so that it stays one.
  case text(String)
  /// A text in which `${NAME}` is a variable.
  case expression(String)
  case number(Int)
  case flag(Bool)
  case null
  case list([ImportedValue])
  case object([Member])

  package struct Member: Sendable, Hashable {
    package var name: String
    package var value: ImportedValue

    package init(_ name: String, _ value: ImportedValue) {
      self.name = name
      self.value = value
    }
  }

  /// One value as itself, several as a list.
  static func oneOrList(_ values: [ImportedValue]) -> ImportedValue { values.count == 1 ? values[0] : .list(values) }
  static func texts(_ texts: [String]) -> ImportedValue { .oneOrList(texts.map { .text($0) }) }
}

extension ImportedValue {
  /// The JSON text: what fits into a line is on one line.
  package var json: String { json(indent: 0) }

  private static let width = 100

  private func json(indent: Int) -> String {
    let line = compact
    guard line.utf8.count + indent > ImportedValue.width else { return line }
    let inner = String(repeating: " ", count: indent + 2)
    let outer = String(repeating: " ", count: indent)
    switch self {
    case .list(let values) where !values.isEmpty:
      let lines = values.map { inner + $0.json(indent: indent + 2) }
      return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
    case .object(let members) where !members.isEmpty:
      let lines = members.map { inner + "\(ImportedValue.quoted($0.name)): " + $0.value.json(indent: indent + 2) }
      return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
    default: return line
    }
  }

  private var compact: String {
    switch self {
    case .text(let text): ImportedValue.quoted(text.replacing("${", with: "$${"))
    case .expression(let text): ImportedValue.quoted(text)
    case .number(let number): "\(number)"
    case .flag(let flag): flag ? "true" : "false"
    case .null: "null"
    case .list(let values): "[" + values.map(\.compact).joined(separator: ", ") + "]"
    case .object(let members) where members.isEmpty: "{}"
    case .object(let members):
      "{ " + members.map { "\(ImportedValue.quoted($0.name)): \($0.value.compact)" }.joined(separator: ", ") + " }"
    }
  }

  private static func quoted(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return writer.text
  }
}
