// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// What a nested route takes over from the route around it, unless it has the key itself, or `null` for it.
///
/// A key that would contradict one of its own is not inherited: its own `to` replaces an inherited digest, and its own
/// `cooldown` an inherited group.
package struct Inheritance: Sendable {
  package let key: String
  private let isWritten: @Sendable (RouteSettings) -> Bool
  /// Whether a route's own keys leave no room for an inherited value.
  private let isExcluded: @Sendable (RouteSettings) -> Bool
  private let copy: @Sendable (RouteSettings, inout RouteSettings) -> Void

  private init<Value>(
    _ key: String,
    _ path: any WritableKeyPath<RouteSettings, Value?> & Sendable,
    unless isExcluded: @escaping @Sendable (RouteSettings) -> Bool = { _ in false }
  ) {
    self.key = key
    self.isExcluded = isExcluded
    isWritten = { $0[keyPath: path] != nil }
    copy = { $1[keyPath: path] = $0[keyPath: path] }
  }

  /// A new key that is inherited is one line here.
  package static let all: [Inheritance] = [
    Inheritance("to", \.destination, unless: { $0.digest != nil }),
    Inheritance("digest", \.digest, unless: { !$0.to.isEmpty || $0.group != nil }),
    Inheritance("group", \.group, unless: { $0.cooldown != nil || $0.burst != nil || $0.digest != nil }),
    Inheritance("cooldown", \.cooldown, unless: { $0.group != nil }),
    Inheritance("repeat", \.reminder),
    Inheritance("resolved", \.resolved),
    Inheritance("escalate", \.escalate),
    Inheritance("template", \.template),
    Inheritance("quiet", \.quiet, unless: { $0.digest != nil }),
    Inheritance("only", \.only, unless: { $0.digest != nil }),
  ]

  /// The settings with what they inherit, and the keys that are inherited.
  package static func apply(_ above: RouteSettings, to own: RouteSettings) -> (RouteSettings, keys: [String]) {
    var settings = own
    let inherited = all.filter { one in
      !one.isWritten(own) && one.isWritten(above) && !one.isExcluded(own) && !own.refused.contains(one.key)
    }
    for one in inherited { one.copy(above, &settings) }
    return (settings, inherited.map(\.key))
  }

  /// A nested route without its keys that are `null`, and their names.
  static func refusals(in node: JSONNode) -> (JSONNode, Set<String>) {
    guard let members = node.members else { return (node, []) }
    let refused = members.filter { member in
      member.node.value == .null && all.contains { $0.key.isExactly(member.name) }
    }
    if refused.isEmpty { return (node, []) }
    var rest = node
    rest.value = .object(members.filter { !refused.contains($0) })
    return (rest, Set(refused.map(\.name)))
  }
}

extension RouteSettings {
  /// Its channels; nil if it names none.
  fileprivate var destination: [Destination]? {
    get { destinations.isEmpty ? nil : destinations }
    set { destinations = newValue ?? [] }
  }
}
