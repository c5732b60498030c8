// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("What identifies alerts is compared by its bytes")
struct ExactTextTests {
  /// Pairs that Swift calls equal and that are different bytes.
  static let pairs = [
    ("café", "cafe\u{301}"), ("Å", "\u{212B}"), ("K", "\u{212A}"), ("한", "\u{1112}\u{1161}\u{11AB}"),
    ("a\u{316}\u{301}", "a\u{301}\u{316}"),
  ]

  @Test("so two spellings of one word are two texts, in a set and in a dictionary as well", arguments: pairs)
  func texts(left: String, right: String) {
    #expect(left == right, "Swift calls these equal")
    #expect(ExactText(left) != ExactText(right))
    #expect(Set([ExactText(left), ExactText(right)]).count == 2)
    #expect(ExactText(left) < ExactText(right) || ExactText(right) < ExactText(left))
    #expect(ExactText(left) == ExactText(String(decoding: Array(left.utf8), as: UTF8.self)))
  }

  @Test("so ids, names and hold keys of two spellings are two", arguments: pairs)
  func keys(left: String, right: String) {
    #expect(Set([left, right].map { AlertKey(source: "app", id: $0) }).count == 2)
    #expect(Set([left, right].map { AlertKey(source: SourceName($0), id: "a") }).count == 2)
    #expect(Set([left, right].map { HoldKey("category=\($0)") }).count == 2)
    #expect(Set([left, right].map { ListKey.expectation(ExactText($0)) }).count == 2)
    #expect(Set([left, right].map { TimerKey.alert(AlertKey(source: "app", id: $0)) }).count == 2)
    #expect(Set([left, right].map { Severity($0) }).count == 2)
  }

  @Test("so an alert that is spelled another way has changed", arguments: pairs)
  func alerts(left: String, right: String) {
    let one = Alert(id: "a", severity: .info, title: left, labels: ["name": left])
    var other = one
    other.title = right
    #expect(one != other)
    other = one
    other.labels["name"] = right
    #expect(one != other)
  }

  @Test("so labels whose names are two spellings are two labels, in the order of their bytes", arguments: pairs)
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

  @Test("so one JSON object may have members of two spellings", arguments: pairs)
  func members(left: String, right: String) throws {
    let text = #"{"\#(left)": 1, "\#(right)": 2}"#
    let (node, problems) = JSONTree.parse(SourceText(name: "text", bytes: Array(text.utf8)))
    #expect(problems.isEmpty)
    #expect(node?[left]?.value == .number("1") && node?[right]?.value == .number("2"))
  }

  @Test("so a source that changes an id's spelling ends one alert and begins another", arguments: pairs)
  func activeSet(left: String, right: String) {
    var set = ActiveSet(source: "app")
    let (one, other) = (
      Alert(source: "app", id: left, severity: .info, title: "T"),
      Alert(source: "app", id: right, severity: .info, title: "T")
    )
    #expect(set.observe([one, other]) == [.fired(one), .fired(other)])
    #expect(set.observe([other]) == [.resolved(one.key)])
  }

  @Test("so the values of two alerts' labels make one hold key only if they are the same bytes")
  func holdKeys() throws {
    let text = #"{"cooldown": {"by": ["a", "b"]}, "routes": [{"to": "pager"}]}"#
    let rule = try #require(try Configuration.reading(text).rules.cooldown)
    // A comma that a combining mark follows is one character with it.
    let one = Alert(id: "1", severity: .info, title: "T", labels: ["a": "x,\u{301}b=y", "b": ""])
    let other = Alert(id: "2", severity: .info, title: "T", labels: ["a": "x\\,\u{301}b=y", "b": ""])
    #expect(rule.key(for: one, scope: "") != rule.key(for: other, scope: ""))
    #expect(rule.key(for: one, scope: "").text == "a=x\\,\u{301}b=y,b=")
  }
}
