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
  @Test("sends each alert to the receivers of Alertmanager", arguments: 1...20)
  func receivers(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let parts = AlertmanagerRoute.Parts.exact
    let root = AlertmanagerRoute.random(parts, depth: 3, &generator)
    let yaml = root.file(parts)
    let imported = try AlertmanagerImporter.read(yaml)
    let environment = imported.variables.reduce(into: [String: String]()) { $0[$1.name] = $1.value.reveal() }
    let configuration = try Configuration.parse(imported.json, environment: environment)
    for first in parts.values {
      for second in parts.values {
        for third in parts.values {
          let labels = zip(parts.names, [first, second, third]).filter { !$0.1.isEmpty }
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
