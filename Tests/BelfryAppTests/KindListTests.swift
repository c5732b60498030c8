// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@testable import BelfryApp

@Suite("The lists of kinds")
struct KindListTests {
  @Test("name every source kind with its own keys and those of all kinds")
  func sources() throws {
    let list = LinkedKinds.sources.list
    let kinds = try #require(JSONNode(json: Array(list.json.utf8))?.elements)
    #expect(kinds.map { $0["kind"]?.string } == LinkedKinds.sources.kinds.map(\.kind.name))
    let http = try #require(kinds.first { $0["kind"]?.string == "http" })
    let keys = try #require(http["settings"]?.elements?.compactMap { $0["name"]?.string })
    #expect(keys.contains("map") && !keys.contains("kind"))
    #expect(keys.suffix(6) == ["every", "stale", "rename", "set", "drop", "note"])
    #expect(list.text.contains("\nhttp\n  url              The URL to request with GET."))
  }

  @Test("name every channel kind")
  func channels() throws {
    let kinds = try #require(JSONNode(json: Array(LinkedKinds.channels.list.json.utf8))?.elements)
    #expect(kinds.map { $0["kind"]?.string } == LinkedKinds.channels.kinds.map(\.kind.name))
  }
}
