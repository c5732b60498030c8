// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension ListKey {
  /// The hold as a person calls it: `the cooldown for category=disk`.
  package var words: String {
    switch self {
    case .cooldown(let key): "the cooldown" + ListKey.of(key)
    case .digest(let name): "the digest \(name)"
    case .group(let key): "the group" + (key.shown.isEmpty ? "" : " \(key.shown)")
    case .burst: "the burst"
    case .silence(let id): "the silence \(id)"
    case .quiet(let key):
      "the quiet hours of " + (key.text.hasPrefix("channel ") ? String(key.text.dropFirst(8)) : "its route")
    case .inhibition(let key): "the inhibition" + (key.shown.isEmpty ? "" : " of \(key.shown)")
    case .expectation(let id): "the expected alert \(id)"
    }
  }

  /// Whether `words` is a plural.
  package var isPlural: Bool { if case .quiet = self { true } else { false } }

  private static func of(_ key: HoldKey) -> String { key.shown.isEmpty ? "" : " for \(key.shown)" }

  /// Whether a rule is one by which alerts wait in such a list.
  package func isMade(by rule: Rule) -> Bool {
    let last = rule.path.split(separator: ".").last ?? ""
    return switch self {
    case .cooldown: last == "cooldown"
    case .digest: last == "digest" || last == "mode" || rule.path.hasPrefix("digests.")
    case .group: last == "group"
    case .burst: last == "burst"
    case .silence(let id): rule == .silence(id)
    case .quiet: last == "quiet"
    case .inhibition: rule.path.hasPrefix("inhibit")
    case .expectation: rule.path.hasPrefix("expect")
    }
  }
}

extension HoldKey {
  /// What its alerts share, without the route that it is of: `category=disk`.
  package var shown: String {
    guard text.utf8.count >= 16, text.utf8.prefix(16).allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
      return text
    }
    let rest = text.dropFirst(16)
    return rest.isEmpty || rest.hasPrefix(":") ? String(rest.dropFirst()) : text
  }
}
