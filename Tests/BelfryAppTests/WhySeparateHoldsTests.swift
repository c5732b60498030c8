// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import Foundation
import Testing
@testable import BelfryApp

@Suite("The output of belfry why for an alert in several holds of one kind")
struct WhySeparateHoldsTests {
  private static let channels = """
    "channels": {
      "a": { "kind": "file", "path": "a.txt"QUIET_A },
      "b": { "kind": "file", "path": "b.txt"QUIET_B }
    },
    """

  private static func text(_ routes: String, quiet: (String, String) = ("", "")) -> String {
    "{\n" + channels.replacing("QUIET_A", with: quiet.0).replacing("QUIET_B", with: quiet.1) + "\n" + routes + "\n}"
  }

  static let files = [
    text(
      """
      "routes": [
        { "to": "a", "continue": true, "group": { "wait": "10m" } },
        { "to": "b", "group": { "wait": "20m" } }
      ]
      """
    ): ["routes[0].group": 7, "routes[1].group": 8],
    text(
      #""routes": [{ "to": ["a", "b"] }]"#,
      quiet: (
        #", "quiet": { "from": "00:00", "to": "20:00" }"#, #", "quiet": { "from": "00:00", "to": "21:00" }"#
      )
    ): ["channels.a.quiet": 3, "channels.b.quiet": 4],
    text(
      """
      "routes": [
        { "to": "a", "continue": true, "cooldown": 0, "burst": { "over": 1, "within": "10m" } },
        { "to": "b", "cooldown": 0, "burst": { "over": 1, "within": "20m" } }
      ]
      """
    ): ["routes[0].burst": 7, "routes[1].burst": 8],
    text(
      """
      "routes": [
        { "to": "a", "continue": true, "cooldown": "10m" },
        { "to": "b", "cooldown": "20m" }
      ]
      """
    ): ["routes[0].cooldown": 7, "routes[1].cooldown": 8],
  ]

  private func waiting(_ file: String) async throws -> TestEnvironment {
    let environment = try await TestEnvironment(file).adopted()
    try await environment.take(.fired(.sample("x")), .fired(.sample("y")))
    try await environment.take(.fired(.sample("z")))
    return environment
  }

  @Test("names the rule and the line of each", arguments: files.keys.sorted())
  func sentence(file: String) async throws {
    let rules = try #require(Self.files[file])
    let environment = try await waiting(file)
    let lines = try await environment.why("z").split(separator: "\n").filter { $0.contains("next: ") }
    for (path, line) in rules {
      #expect(lines.count { $0.contains("(\(path), line \(line))") } == 1, "\(lines)")
    }
  }

  @Test("names them as JSON too, with the channels, and since when and why it waits", arguments: files.keys.sorted())
  func json(file: String) async throws {
    let rules = try #require(Self.files[file])
    let environment = try await waiting(file)
    let record = try #require(try await environment.ledger.record(of: AlertKey(source: "app", id: "z")))
    let story = try await AlertStory.read(
      record,
      from: environment.ledger,
      configuration: environment.configuration,
      last: 9
    )
    var writer = JSONWriter()
    story.encode(into: &writer, at: environment.now)
    let json = try #require(try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any])
    let waits = try #require(json["waits"] as? [[String: Any]])
    #expect(waits.count == 2)
    for wait in waits {
      let rule = try #require(wait["rule"] as? String)
      #expect(wait["line"] as? Int == rules[rule])
      #expect(wait["since"] as? String == record.firedAt.iso8601)
      #expect((wait["because"] as? String)?.isEmpty == false)
    }
    #expect(Set(waits.compactMap { ($0["channels"] as? [String])?.first }) == ["a", "b"])
  }

  @Test(
    "names the rule of the file for a wait that an older Belfry wrote, which has none",
    arguments: files.keys.sorted()
  )
  func older(file: String) async throws {
    let rules = try #require(Self.files[file])
    let environment = try await waiting(file)
    var record = try #require(try await environment.ledger.record(of: AlertKey(source: "app", id: "z")))
    record.waits = record.holds.map { Wait($0) }
    let story = try await AlertStory.read(
      record,
      from: environment.ledger,
      configuration: environment.configuration,
      last: 9
    )
    let named = Dictionary(uniqueKeysWithValues: story.waitRules.values.map { ($0.path, $0.line) })
    #expect(named == rules)
  }
}
