// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTesting

/// A random route of an `alertmanager.yml` with the routes below it, and Alertmanager's rule for such a tree.
package struct AlertmanagerRoute: Sendable {
  /// A condition on a label, as Alertmanager writes it.
  package struct Condition: Sendable {
    package var name: String
    package var operation: String
    package var value: String
  }

  package var conditions: [Condition] = []
  package var receiver: String?
  package var continues = false
  package var children: [AlertmanagerRoute] = []

  /// What random routes are made of.
  package struct Parts: Sendable {
    package var names: [String]
    package var values: [String]
    package var expressions: [String]
    package var receivers: [String]

    /// Few values, so that conditions often hold; each expression is a list of exact values.
    package static let exact = Parts(
      names: ["a", "b", "c"],
      values: ["", "x", "y", "xy"],
      expressions: ["x", "", "x|y", "xy|", "y|xy"],
      receivers: ["r0", "r1", "r2", "r3", "nobody"]
    )

    /// Expressions of all kinds, and names that mean more than a label.
    package static let rich = Parts(
      names: ["a", "b", "severity", "alertname", "category", "source"],
      values: ["", "x", "y", "xy", "X", "x-1", "x.1", "a b", "é"],
      expressions: [
        "x|y", ".*", ".+", "", "x.*", "[xy]+", "(?i)x", "x\\\\.1", "x-?1?", "(x|y)(y)?", "[^x].*", "é|a b", "x|", "^x$",
      ],
      receivers: ["r0", "r1", "r2", "r3", "nobody"]
    )
  }

  /// A tree; its root takes every alert.
  package static func random(_ parts: Parts, depth: Int, _ generator: inout SeededGenerator) -> AlertmanagerRoute {
    var root = random(below: parts, depth: depth, &generator)
    while root.children.count < 2 { root.children.append(random(below: parts, depth: depth - 1, &generator)) }
    root.conditions = []
    root.continues = false
    root.receiver = root.receiver ?? parts.receivers[0]
    return root
  }

  private static func random(below parts: Parts, depth: Int, _ generator: inout SeededGenerator) -> AlertmanagerRoute {
    var route = AlertmanagerRoute()
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      let operation = ["=", "!=", "=~", "!~"].randomElement(using: &generator) ?? "="
      let values = operation.hasSuffix("~") ? parts.expressions : parts.values
      route.conditions.append(
        Condition(
          name: parts.names.randomElement(using: &generator) ?? "",
          operation: operation,
          value: values.randomElement(using: &generator) ?? ""
        )
      )
    }
    if Bool.random(using: &generator) { route.receiver = parts.receivers.randomElement(using: &generator) }
    route.continues = Int.random(in: 0..<3, using: &generator) == 0
    if depth > 0 {
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        route.children.append(random(below: parts, depth: depth - 1, &generator))
      }
    }
    return route
  }

  /// The receivers of an alert by Alertmanager's rule.
  ///
  /// The routes below come first; the route itself speaks if none of them takes the alert. Each expression must be a list
  /// of exact values.
  package func receivers(_ labels: Labels, inherited: String) -> [String] {
    guard conditions.allSatisfy({ AlertmanagerRoute.holds($0, labels[$0.name] ?? "") }) else { return [] }
    let receiver = receiver ?? inherited
    var found: [String] = []
    for child in children {
      let taken = child.receivers(labels, inherited: receiver)
      found += taken
      if !taken.isEmpty, !child.continues { break }
    }
    return found.isEmpty ? [receiver] : found
  }

  private static func holds(_ condition: Condition, _ value: String) -> Bool {
    let isIn = condition.value.split(separator: "|", omittingEmptySubsequences: false).contains { $0 == value }
    return condition.operation.hasPrefix("!") ? !isIn : isIn
  }

  /// The route on one line of YAML.
  package var yaml: String {
    var members: [String] = []
    if !conditions.isEmpty {
      let texts = conditions.map { "'\($0.name)\($0.operation)\"\($0.value)\"'" }
      members.append("matchers: [\(texts.joined(separator: ", "))]")
    }
    if let receiver { members.append("receiver: \(receiver)") }
    if continues { members.append("continue: true") }
    if !children.isEmpty { members.append("routes: [\(children.map(\.yaml).joined(separator: ", "))]") }
    return "{\(members.joined(separator: ", "))}"
  }

  /// An `alertmanager.yml` with this route at the top; the receiver `nobody` has no integration.
  package func file(_ parts: Parts) -> String {
    let receivers = parts.receivers.map { name in
      name == "nobody"
        ? "{name: nobody}" : "{name: \(name), webhook_configs: [{url: 'https://hooks.example.com/\(name)'}]}"
    }
    return "route: \(yaml)\nreceivers: [\(receivers.joined(separator: ", "))]\n"
  }
}
