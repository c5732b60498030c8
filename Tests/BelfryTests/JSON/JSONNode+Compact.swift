// SPDX-License-Identifier: Apache-2.0
import Belfry

extension JSONNode {
  /// The tree as compact JSON, to compare it with.
  var compact: String {
    var writer = JSONWriter()
    write(into: &writer)
    return writer.text
  }

  func write(into writer: inout JSONWriter) {
    switch value {
    case .null: writer.null()
    case .bool(let value): writer.bool(value)
    case .number(let spelling): writer.number(spelling)
    case .string(let text): writer.string(text)
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(into: &writer) }
      writer.endArray()
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.key(member.name)
        member.node.write(into: &writer)
      }
      writer.endObject()
    }
  }
}

func parse(_ text: String) -> (tree: String?, codes: [JSONProblem.Code], problems: [JSONProblem]) {
  parse(Array(text.utf8))
}

func parse(_ bytes: [UInt8]) -> (tree: String?, codes: [JSONProblem.Code], problems: [JSONProblem]) {
  let (node, problems) = JSONTree.parse(SourceText(name: "test.json", bytes: bytes))
  return (node?.compact, problems.map(\.code), problems)
}
