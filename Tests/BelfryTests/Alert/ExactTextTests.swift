// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Alert identifiers are compared byte by byte")
struct ExactTextTests {
  /// Pairs that Swift considers equal but that have different bytes.
  static let pairs = [
    ("café", "cafe\u{301}"), ("Å", "\u{212B}"), ("K", "\u{212A}"), ("한", "\u{1112}\u{1161}\u{11AB}"),
    ("a\u{316}\u{301}", "a\u{301}\u{316}"),
  ]

  @Test("two spellings of a word are two texts, in sets and dictionaries too", arguments: pairs)
  func texts(left: String, right: String) {
    #expect(left == right, "Swift calls these equal")
    #expect(ExactText(left) != ExactText(right))
    #expect(Set([ExactText(left), ExactText(right)]).count == 2)
    #expect(ExactText(left) < ExactText(right) || ExactText(right) < ExactText(left))
    #expect(ExactText(left) == ExactText(String(decoding: Array(left.utf8), as: UTF8.self)))
  }

  @Test("IDs, names and hold keys with two spellings are distinct", arguments: pairs)
  func keys(left: String, right: String) {
    #expect(Set([left, right].map { AlertKey(source: "app", id: $0) }).count == 2)
    #expect(Set([left, right].map { AlertKey(source: SourceName($0), id: "a") }).count == 2)
    #expect(Set([left, right].map { GroupKey("category=\($0)") }).count == 2)
    #expect(Set([left, right].map { HoldID.expectation(ExactText($0)) }).count == 2)
    #expect(Set([left, right].map { TimerKey.alert(AlertKey(source: "app", id: $0)) }).count == 2)
    #expect(Set([left, right].map { Severity($0) }).count == 2)
  }

  @Test("an alert with a different spelling has changed", arguments: pairs)
  func alerts(left: String, right: String) {
    let one = Alert(id: "a", severity: .info, title: left, labels: ["name": left])
    var other = one
    other.title = right
    #expect(one != other)
    other = one
    other.labels["name"] = right
    #expect(one != other)
  }

  @Test("labels with two spellings of a name are two labels, in the order of their bytes", arguments: pairs)
  func labels(left: String, right: String) {
    var labels: Labels = [:]
    labels[left] = "1"
    labels[right] = "2"
    #expect(labels.count == 2)
    #expect(labels[left] == "1" && labels[right] == "2")
    #expect(
      labels.map { Array($0.name.utf8) }
        == [left, right].map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    )
    labels[left] = nil
    #expect(labels.map(\.value) == ["2"])
  }

  @Test("a JSON object may have members with two spellings", arguments: pairs)
  func members(left: String, right: String) throws {
    let text = #"{"\#(left)": 1, "\#(right)": 2}"#
    let (node, problems) = JSONTree.parse(SourceText(name: "text", bytes: Array(text.utf8)))
    #expect(problems.isEmpty)
    #expect(node?[left]?.value == .number("1") && node?[right]?.value == .number("2"))
  }

  @Test("a source that changes an ID's spelling ends one alert and starts another", arguments: pairs)
  func activeSet(left: String, right: String) {
    var set = ActiveSet(source: "app")
    let (one, other) = (
      Alert(source: "app", id: left, severity: .info, title: "T"),
      Alert(source: "app", id: right, severity: .info, title: "T")
    )
    #expect(set.observe([one, other]) == [.fired(one), .fired(other)])
    #expect(set.observe([other]) == [.resolved(one.key)])
  }

  @Test("the values of two alerts' labels share a hold key only if their bytes are the same")
  func holdKeys() throws {
    let text = #"{"cooldown": {"by": ["a", "b"]}, "routes": [{"to": "pager"}]}"#
    let rule = try #require(try Configuration.reading(text).rules.cooldown)
    // A comma followed by a combining mark forms one character with it.
    let one = Alert(id: "1", severity: .info, title: "T", labels: ["a": "x,\u{301}b=y", "b": ""])
    let other = Alert(id: "2", severity: .info, title: "T", labels: ["a": "x\\,\u{301}b=y", "b": ""])
    #expect(rule.key(for: one, scope: "") != rule.key(for: other, scope: ""))
    #expect(rule.key(for: one, scope: "").text == "a=x\\,\u{301}b=y,b=")
  }
}
