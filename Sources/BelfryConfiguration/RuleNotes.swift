// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The user's notes on rules in `channels.json`, by the rules' paths; a route's starts with its name, if it has one.
package struct RuleNotes: Sendable, Hashable {
  private var notes: [String: String] = [:]

  package init() {}

  /// Collects every `"note"` of the file.
  package init(_ root: JSONNode) { collect(root, at: "") }

  /// The note at exactly this path.
  package subscript(path: String) -> String? { notes[path] }

  /// The note of a rule, or of the rule that contains it: `routes[0].digest` gets that of `routes[0]`.
  package func note(of rule: Rule) -> String? {
    guard case .file(let whole, _) = rule else { return nil }
    var path = whole[...]
    while true {
      if let note = notes[String(path)] { return note }
      guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
      path = path[..<cut]
    }
  }

  /// The keys whose single element may be written without brackets.
  private static let lists: Set<String> = ["routes", "inhibit", "expect", "escalate"]

  private mutating func collect(_ node: JSONNode, at path: String, isRoute: Bool = false) {
    let texts = [isRoute ? node["name"]?.string?.oneLine : nil, node["note"]?.string]
    let note = texts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
    if !note.isEmpty, !path.isEmpty { notes[path] = note }
    for (index, element) in (node.elements ?? []).enumerated() {
      collect(element, at: "\(path)[\(index)]", isRoute: isRoute)
    }
    for member in node.members ?? [] {
      let below = path.isEmpty ? member.name : "\(path).\(member.name)"
      let isLone = RuleNotes.lists.contains(member.name) && member.node.members != nil
      collect(member.node, at: isLone ? below + "[0]" : below, isRoute: member.name == "routes")
    }
  }
}
