// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension JSONWriter {
  /// Writes a parsed value.
  mutating func node(_ node: JSONNode) {
    switch node.value {
    case .null: null()
    case .bool(let value): bool(value)
    case .number(let text): number(text)
    case .string(let text): string(text)
    case .array(let elements): array(elements) { $0.node($1) }
    case .object(let members):
      object { writer in
        for member in members {
          writer.key(member.name)
          writer.node(member.node)
        }
      }
    }
  }
}

extension JSONNode {
  /// The value with every text made safe: no control characters, no characters that change the text's direction, and no
  /// longer than a reader needs.
  ///
  /// The texts of alerts come from outside.
  func tidied(limit: Int = 4_000) -> JSONNode {
    var node = self
    switch value {
    case .string(let text): node.value = .string(text.paragraphs.truncated(to: limit))
    case .array(let elements): node.value = .array(elements.map { $0.tidied(limit: limit) })
    case .object(let members):
      node.value = .object(
        members.map { member in
          Member(name: member.name.oneLine, offset: member.offset, node: member.node.tidied(limit: limit))
        }
      )
    default: break
    }
    return node
  }
}
