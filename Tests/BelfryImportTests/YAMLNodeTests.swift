// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import BelfryImport

@Suite("A YAML file")
struct YAMLNodeTests {
  /// The values on one line, to compare them.
  private func shown(_ node: YAMLNode) -> String {
    switch node.value {
    case .text(let text): "\"\(text)\""
    case .null: "null"
    case .list(let nodes): "[\(nodes.map(shown).joined(separator: " "))]"
    case .mapping(let members): "{\(members.map { "\($0.name): \(shown($0.node))" }.joined(separator: " "))}"
    }
  }

  @Test(
    "is read with its aliases and merge keys, and its texts as they are written",
    arguments: [
      ("", "{}"), ("a: 010", #"{a: "010"}"#), ("a: on\nb: ~\nc: ''\nd:\n", #"{a: "on" b: null c: "" d: null}"#),
      ("a: &x [1, 2]\nb: *x", #"{a: ["1" "2"] b: ["1" "2"]}"#),
      ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", #"{a: {b: "1" c: "2"} d: {c: "3" b: "1"}}"#),
      ("a: &x {b: 1}\ne: &y {b: 2, c: 3}\nd: {<<: [*x, *y]}", #"{a: {b: "1"} e: {b: "2" c: "3"} d: {b: "1" c: "3"}}"#),
      ("a: {'<<': b}", #"{a: {<<: "b"}}"#),
      ("a: |\n  *Status*: firing\n  *Note:\n", "{a: \"*Status*: firing\n*Note:\n\"}"),
    ]
  )
  func values(text: String, values: String) throws {
    #expect(shown(try YAMLNode.read(text)) == values)
  }

  @Test("keeps the line of each key and value")
  func lines() throws {
    guard case .mapping(let members) = try YAMLNode.read("# one\na: 1\n\nb:\n  - c: 2\n").value else {
      Issue.record("it is a mapping")
      return
    }
    #expect(members.map(\.line) == [2, 4])
    #expect(members.map(\.node.line) == [2, 5])
  }

  @Test(
    "is refused with the line of the mistake",
    arguments: [
      ("a: [1", 2), ("a: 1\na: 2", 1), ("a: *x", 1), ("- a\nb", 3), ("a: 1\n---\nb: 2", 2), ("a: {<<: b}", 1),
      ("[a]: 1", 1), ("a: &x 1\n*x : 2", 2), ("a: &x [1]\n? *x\n: 2", 2),
    ]
  )
  func mistakes(text: String, line: Int) {
    let problem = #expect(throws: YAMLProblem.self) { try YAMLNode.read(text) }
    #expect(problem?.line == line, "\(problem?.text ?? "")")
  }

  @Test("that repeats aliases of aliases, nests without end or is very large is refused")
  func bombs() {
    let aliases = (1...9).map {
      "a\($0): &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ", "))]"
    }
    let bomb = #expect(throws: YAMLProblem.self) {
      try YAMLNode.read((["a0: &a0 [1, 2]"] + aliases).joined(separator: "\n"))
    }
    #expect(bomb?.text.contains("200000 values") == true)
    let key = #expect(throws: YAMLProblem.self) {
      try YAMLNode.read((["a0: &a0 [1, 2]"] + aliases + ["b: { *a9 : 1 }"]).joined(separator: "\n"))
    }
    #expect(key?.text.contains("alias is used as a key") == true)
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: YAMLProblem.self) { try YAMLNode.read(deep) }
    let nested = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    #expect(throws: YAMLProblem.self) { try YAMLNode.read(nested) }
    let large = "a: \"" + String(repeating: "x", count: YAMLNode.maximumBytes) + "\""
    #expect(throws: YAMLProblem.self) { try YAMLNode.read(large) }
  }

  @Test(
    "has durations like Prometheus",
    arguments: [
      ("30s", 30), ("5m", 300), ("1d12h", 129_600), ("1w", 604_800), ("1y", 31_536_000), ("1h30m15s", 5415), ("0", 0),
      ("", nil), ("5", nil), ("5m1h", nil), ("1h1h", nil), ("-1h", nil), ("1.5h", nil), ("1 h", nil), ("h", nil),
    ] as [(String, Int?)]
  )
  func durations(text: String, seconds: Int?) {
    #expect(PrometheusDuration.read(text) == seconds.map { .seconds($0) })
  }
}
