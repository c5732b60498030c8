// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTesting
import Foundation
import Testing
@testable import BelfryApp

@Suite("The schema of channels.json")
struct SchemaTests {
  @Test("is in the docs as the program prints it")
  func docs() throws {
    let text = ConfigurationSchema.text(LinkedKinds.channels, LinkedKinds.sources) + "\n"
    try Golden(folder: DocsPage.root.appending(path: "docs")).check(Array(text.utf8), as: "channels.schema.json")
  }

  @Test("is JSON, and lists every kind of channel")
  func kinds() throws {
    let text = ConfigurationSchema.text(LinkedKinds.channels, LinkedKinds.sources)
    let (node, problems) = JSONTree.parse(SourceText(name: "schema", bytes: Array(text.utf8)))
    #expect(problems.isEmpty)
    let channels = try #require(node?["properties"]?["channels"]?["additionalProperties"]?["anyOf"]?.elements)
    let kinds = channels.compactMap { $0["properties"]?["kind"]?["const"]?.string }
    #expect(kinds == LinkedKinds.channels.kinds.map(\.kind.name))
  }
}
