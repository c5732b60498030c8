// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Fingerprints that show which parts of a file have changed: one for each top-level key, channel and source.
///
/// They are valid for one run of the program, and reveal nothing of the values.
package struct ConfigurationFingerprints: Sendable, Hashable {
  private var prints: [String: Int] = [:]

  /// Creates the fingerprints of an empty file.
  package init() {}

  /// Takes the fingerprints of the file with its variables expanded: a changed variable counts as a changed file.
  init(_ root: JSONNode) {
    for member in root.members ?? [] {
      prints[member.name] = member.node.print
      guard ["channels", "sources"].contains(member.name) else { continue }
      for entry in member.node.members ?? [] { prints["\(member.name).\(entry.name)"] = entry.node.print }
    }
  }

  /// Whether a key is the same in both, or in neither: `server`, or with a name `channels.pager`, `sources.disk`.
  ///
  /// What sources say, and what is investigated, also depends on `severities`.
  package func agree(with other: ConfigurationFingerprints, on key: String) -> Bool {
    let isRanked = key == "wake" || key.hasPrefix("sources.")
    return prints[key] == other.prints[key] && (!isRanked || prints["severities"] == other.prints["severities"])
  }
}

extension JSONNode {
  /// The fingerprint of the value, independent of its position.
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
