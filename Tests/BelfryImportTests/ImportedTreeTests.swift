// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryImport

/// Random trees of routes: each alert reaches the same receivers in Alertmanager, by its own rule for a tree, and in
/// Belfry, with the imported file.
@Suite("An imported tree of routes")
struct ImportedTreeTests {
  private static let names = ["a", "b", "c"]
  private static let values = ["", "x", "y", "xy"]
  private static let receivers = ["r0", "r1", "r2", "r3", "nobody"]

  /// A route of Alertmanager, and its rule.
  private struct Node {
    var matchers: [(name: String, operation: String, value: String)] = []
    var receiver: String?
    var continues = false
    var children: [Node] = []

    /// The receivers of an alert, as Alertmanager's documentation says: children first; the node itself if none of them
    /// takes the alert.
    func receivers(_ labels: Labels, inherited: String) -> [String] {
      guard matchers.allSatisfy({ Self.holds($0, labels[$0.name] ?? "") }) else { return [] }
      let receiver = receiver ?? inherited
      var found: [String] = []
      for child in children {
        let taken = child.receivers(labels, inherited: receiver)
        found += taken
        if !taken.isEmpty, !child.continues { break }
      }
      return found.isEmpty ? [receiver] : found
    }

    /// The values are such that each expression is a list of exact values.
    private static func holds(_ matcher: (name: String, operation: String, value: String), _ value: String) -> Bool {
      let isIn = matcher.value.split(separator: "|", omittingEmptySubsequences: false).contains { $0 == value }
      return matcher.operation.hasPrefix("!") ? !isIn : isIn
    }

    var yaml: String {
      var members: [String] = []
      if !matchers.isEmpty {
        let texts = matchers.map { "'\($0.name)\($0.operation)\"\($0.value)\"'" }
        members.append("matchers: [\(texts.joined(separator: ", "))]")
      }
      if let receiver { members.append("receiver: \(receiver)") }
      if continues { members.append("continue: true") }
      if !children.isEmpty { members.append("routes: [\(children.map(\.yaml).joined(separator: ", "))]") }
      return "{\(members.joined(separator: ", "))}"
    }

    static func random(depth: Int, _ generator: inout SeededGenerator) -> Node {
      var node = Node()
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        let operation = ["=", "!=", "=~", "!~"].randomElement(using: &generator) ?? "="
        let count = operation.hasSuffix("~") ? Int.random(in: 1...2, using: &generator) : 1
        let wanted = (0..<count).map { _ in values.randomElement(using: &generator) ?? "" }
        let name = names.randomElement(using: &generator) ?? "a"
        node.matchers.append((name, operation, wanted.joined(separator: "|")))
      }
      if Bool.random(using: &generator) { node.receiver = ImportedTreeTests.receivers.randomElement(using: &generator) }
      node.continues = Int.random(in: 0..<3, using: &generator) == 0
      if depth > 0 {
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
          node.children.append(random(depth: depth - 1, &generator))
        }
      }
      return node
    }
  }

  @Test("sends each alert to the receivers of Alertmanager", arguments: 1...20)
  func receivers(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    var root = Node.random(depth: 3, &generator)
    root.matchers = []
    root.continues = false
    root.receiver = root.receiver ?? "r0"
    let receivers = Self.receivers.map { name in
      name == "nobody"
        ? "{name: nobody}" : "{name: \(name), webhook_configs: [{url: 'https://hooks.example.com/\(name)'}]}"
    }
    let yaml = "route: \(root.yaml)\nreceivers: [\(receivers.joined(separator: ", "))]"
    let imported = try AlertmanagerImporter.read(yaml)
    let environment = imported.variables.reduce(into: [String: String]()) { $0[$1.name] = $1.value.reveal() }
    let configuration = try Configuration.parse(imported.json, environment: environment)
    for first in Self.values {
      for second in Self.values {
        for third in Self.values {
          let labels = zip(Self.names, [first, second, third]).filter { !$0.1.isEmpty }
            .map { Labels.Label(name: $0.0, value: $0.1) }
          let alert = Alert(id: "a", severity: .warning, title: "", labels: Labels(labels))
          var memo = MatchMemo()
          let routes = configuration.rules.table.resolve(alert, memo: &memo)
          let found: [String] = routes.flatMap { route in route.to.map { $0.name } }
          let expected = root.receivers(alert.labels, inherited: "r0").filter { $0 != "nobody" }
          #expect(found == expected, "\(labels) in \(yaml)")
        }
      }
    }
  }
}
