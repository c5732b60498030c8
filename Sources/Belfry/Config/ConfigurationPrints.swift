// SPDX-License-Identifier: Apache-2.0

/// By which it is seen what of a file has changed: for each top-level key, channel and source, what it says.
///
/// They hold for one run of the program, and tell nothing of what they were made from.
package struct ConfigurationPrints: Sendable, Hashable {
  private var prints: [String: Int] = [:]

  /// Those of nothing.
  package init() {}

  /// Takes the file with its variables put in: another value of one is another file.
  init(_ root: JSONNode) {
    for member in root.members ?? [] {
      prints[member.name] = member.node.print
      guard ["channels", "sources"].contains(member.name) else { continue }
      for entry in member.node.members ?? [] { prints["\(member.name).\(entry.name)"] = entry.node.print }
    }
  }

  /// Whether a key is the same in both, or in neither: `server`, or with its name `channels.pager`, `sources.disk`.
  package func agree(with other: ConfigurationPrints, on key: String) -> Bool { prints[key] == other.prints[key] }
}

extension JSONNode {
  /// What it says, wherever it stands.
  fileprivate var print: Int {
    var hasher = Hasher()
    feed(&hasher)
    return hasher.finalize()
  }

  private func feed(_ hasher: inout Hasher) {
    switch value {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .number(let text): hasher.combine(text)
    case .string(let text):
      hasher.combine(1)
      hasher.combine(text)
    case .array(let elements):
      hasher.combine(elements.count)
      for element in elements { element.feed(&hasher) }
    case .object(let members):
      hasher.combine(members.count)
      for member in members {
        hasher.combine(member.name)
        member.node.feed(&hasher)
      }
    }
  }
}
