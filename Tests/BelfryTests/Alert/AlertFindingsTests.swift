// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Findings in alerts")
struct AlertFindingsTests {
  static let good = #"{"id":"good","severity":"info","title":"Good"}"#

  @Test(
    "report each flaw of an alert, and the alert is kept as far as possible",
    arguments: [
      Flaw(#"{"severity":"info","title":"T"}"#, "[0].id") { $0.id.utf8.count == 16 },
      Flaw(#"{"id":"","severity":"info","title":"T"}"#, "[0].id") { $0.id.utf8.count == 16 },
      Flaw(#"{"id":"a","severity":"info","category":"c"}"#, "[0].title") { $0.title == "c" },
      Flaw(#"{"id":"a","severity":"info"}"#, "[0].title") { $0.title == "a" },
      Flaw(#"{"id":"a","severity":"info","title":"  "}"#, "[0].title") { $0.title == "a" },
      Flaw(#"{"id":"a","title":"T"}"#, "[0].severity") { $0.severity == .warning },
      Flaw(#"{"id":"a","severity":null,"title":"T"}"#, "[0].severity") { $0.severity == .warning },
      Flaw(#"{"fingerprint":"a","labels":{"alertname":"T"}}"#, "[0].labels.severity") { $0.severity == .warning },
      Flaw(#"{"id":"a","severity":"info","title":5}"#, "[0].title") { $0.title == "5" },
      Flaw(#"{"id":"a","severity":"info","title":"T","detail":{"x":[1]}}"#, "[0].detail") { $0.detail == "" },
      Flaw(#"{"id":"a","severity":"info","title":"T","labels":[1]}"#, "[0].labels") { $0.labels.isEmpty },
      Flaw(#"{"id":"a","severity":"info","title":"T","labels":{"x":{}, "y":"1"}}"#, "[0].labels.x") {
        $0.labels == ["y": "1"]
      },
      Flaw(#"{"id":"a","severity":"info","title":"T","title":"U"}"#, "[0].title") { $0.title == "T" },
      Flaw(#"{"id":"a","severity":"info","title":"T","labels":{"x":"1","x":"2"}}"#, "[0].labels") {
        $0.labels == ["x": "1"]
      },
      Flaw(#"{"id":"a","severity":"info","title":"T\u0000\u001b[2J\u202e"}"#, "[0].title") {
        $0.title == "T\u{FFFD}\u{FFFD}[2J\u{FFFD}"
      },
      Flaw(#"{"id":"a","severity":"info","title":"T","detail":"a\u0085b\u007f\r\nc\td"}"#, "[0].detail") {
        $0.detail == "a\u{FFFD}b\u{FFFD}\nc\td"
      },
      Flaw(#"{"id":"a","severity":"info","title":"T","labels":{"x\u0001":"1"}}"#, "[0].labels") {
        $0.labels == ["x\u{FFFD}": "1"]
      },
    ]
  )
  func flaw(_ flaw: Flaw) throws {
    let snapshot = read("[\(flaw.text),\(AlertFindingsTests.good)]")
    #expect(snapshot.findings.map(\.path) == [flaw.path])
    #expect(snapshot.findings.allSatisfy { $0.level == .warning && $0.line == 1 && $0.column > 1 })
    #expect(snapshot.isComplete)
    try #require(snapshot.alerts.count == 2)
    #expect(flaw.holds(snapshot.alerts[0]))
    #expect(snapshot.alerts[1].id == "good")
  }

  @Test(
    "do not report common, harmless deviations",
    arguments: [
      Flaw(#"{"id":7,"severity":"info","title":"T"}"#, "") { $0.id == "7" },
      Flaw(#"{"id":true,"severity":"info","title":"T"}"#, "") { $0.id == "true" },
      Flaw(#"{"id":"a","severity":"info","title":"T","labels":{"n":1.5,"b":false}}"#, "") {
        $0.labels == ["n": "1.5", "b": "false"]
      },
      Flaw(#"{"id":"a","severity":"info","title":"T","detail":null,"labels":null,"link":null}"#, "") {
        $0.detail == ""
      },
      Flaw(#"{"id":"a","severity":"info","title":"T\r\n\tU\u2028V"}"#, "") { $0.title == "T   U V" },
      Flaw(#"{"id":"a","severity":"info","title":"Été 😀 “q” €"}"#, "") { $0.title == "Été 😀 “q” €" },
    ]
  )
  func harmless(_ flaw: Flaw) throws {
    let snapshot = read("[\(flaw.text)]")
    #expect(snapshot.findings.isEmpty && snapshot.isComplete)
    #expect(flaw.holds(try #require(snapshot.alerts.first)))
  }

  @Test(
    "mark a text that may hide alerts as incomplete",
    arguments: [
      ("[%, {\"id\": \"b\", \"sev", 1), ("[%, 5]", 1), ("[%, null, %2]", 2), ("[%, @@@, %2]", 2), ("[%} , %2]", 1),
      ("[%] [%2]", 1),
      ("", 0), ("5", 0), ("{}", 0), (#"{"alerts": {}}"#, 0), (#"{"alerts": [%], "alerts": [%2]}"#, 1),
      ("[%, \"x\n, %2", 2),
      ("{\"alerts\": [%,", 1), ("[%, , %2", 2), ("\u{0}[\u{0}]\u{0}", 0),
    ]
  )
  func incomplete(text: String, count: Int) {
    let second = AlertFindingsTests.good.replacing("good", with: "second")
    let snapshot = read(text.replacing("%2", with: second).replacing("%", with: AlertFindingsTests.good))
    #expect(!snapshot.isComplete)
    #expect(snapshot.alerts.map(\.id) == Array(["good", "second"].prefix(count)))
    #expect(snapshot.findings.contains { $0.level == .error })
  }

  @Test(
    "do not mark a text as incomplete for mistakes that hide nothing",
    arguments: ["[%,]", "[% %2]", "[%, /* two */ %2]", "[%,%2,,]"]
  )
  func slips(text: String) {
    let second = AlertFindingsTests.good.replacing("good", with: "second")
    let snapshot = read(text.replacing("%2", with: second).replacing("%", with: AlertFindingsTests.good))
    #expect(snapshot.isComplete)
    #expect(!snapshot.findings.isEmpty)
    #expect(snapshot.alerts.first?.id == "good")
  }

  @Test("keep the more severe of two alerts with the same ID", arguments: [("info", "critical"), ("critical", "info")])
  func duplicates(first: String, second: String) {
    let snapshot = read(
      """
      [{"id": "a", "severity": "\(first)", "title": "\(first)"},
       {"id": "b", "severity": "info", "title": "b"},
       {"id": "a", "severity": "\(second)", "title": "\(second)"}]
      """
    )
    #expect(snapshot.alerts.map(\.title) == ["critical", "b"])
    #expect(snapshot.findings.map(\.path) == ["[2]"])
    #expect(snapshot.findings.first?.line == 3 && snapshot.findings.first?.column == 2)
    #expect(snapshot.isComplete)
  }

  @Test("keep the most severe of three alerts with the same ID")
  func triplicates() {
    let text = ["info", "warning", "critical"].map { #"{"id":"a","severity":"\#($0)","title":"\#($0)"}"# }
    let others = (0..<3).map { #"{"id":"b\#($0)","severity":"info","title":"b"}"# }
    let snapshot = read("[\(zip(text, others).map { "\($0),\($1)" }.joined(separator: ","))]")
    #expect(snapshot.alerts.map(\.title) == ["critical", "b", "b", "b"])
    #expect(snapshot.findings.map(\.path) == ["[2]", "[4]"])
  }

  @Test("are in the order of the text, with lines and columns in characters")
  func places() {
    let snapshot = read(
      """
      [
        {"id": "é😀", "title": 5, "severity": "info"}
        {"id": "é", "note": "é", 'title': "t", "severity": 5},
        {"id": "u", "title": "u"}
      ]
      """
    )
    #expect(snapshot.alerts.count == 3 && snapshot.isComplete)
    #expect(snapshot.findings.map { [$0.line, $0.column] } == [[2, 25], [3, 3], [3, 28], [3, 54], [4, 3]])
  }

  @Test("report texts that are too long, which are visibly cut between characters")
  func tooLong() throws {
    let long = String(repeating: "é", count: 40_000)
    let snapshot = read(
      """
      [{"id": "\(long)", "severity": "info", "category": "\(long)", "title": "\(long)", "detail": "\(long)", "link": "\(long)",
        "labels": {"\(long)": "\(long)"}}]
      """
    )
    let alert = try #require(snapshot.alerts.first)
    #expect(alert.id.utf8.count <= 512 && alert.id.contains("éé…"))
    #expect(alert.title.count == 1_000 && alert.title.hasSuffix("é…"))
    #expect(alert.category.utf8.count <= 256 && alert.category.contains("é…"))
    #expect(alert.detail.utf8.count <= 32 << 10 && alert.detail.utf8.count > 32_000 && alert.detail.hasSuffix("é…"))
    #expect(alert.labels.first?.name.utf8.count ?? 999 <= 256)
    #expect(alert.labels.first?.value.utf8.count ?? 9_999 <= 4 << 10)
    #expect(alert.link == "")
    #expect(snapshot.findings.count == 7)
    #expect(snapshot.isComplete)
  }

  @Test("accept a title of exactly the limit, and cut one more character")
  func titleLimit() {
    let fits = String(repeating: "é", count: 1_000)
    let snapshot = read(
      #"[{"id":"1","severity":"info","title":"\#(fits)"},{"id":"2","severity":"info","title":"\#(fits)x"}]"#
    )
    #expect(snapshot.alerts.first?.title == fits)
    #expect(snapshot.alerts.last?.title == String(repeating: "é", count: 999) + "…")
    #expect(snapshot.findings.map(\.path) == ["[1].title"])
  }

  @Test("keep IDs different that cannot be stored unchanged")
  func differentIDs() {
    let long = String(repeating: "x", count: 600)
    let ids = [long + "1", long + "2", #"a\u0001"#, #"a\u0002"#]
    let snapshot = read("[\(ids.map { #"{"id":"\#($0)","severity":"info","title":"t"}"# }.joined(separator: ","))]")
    #expect(Set(snapshot.alerts.map(\.id)).count == 4)
    #expect(
      snapshot.alerts.map(\.id)
        == read("[\(ids.map { #"{"id":"\#($0)","severity":"info","title":"t"}"# }.joined(separator: ","))]").alerts.map(
          \.id
        )
    )
  }

  @Test("keep the first 128 of ten thousand labels, with one finding")
  func manyLabels() {
    let labels = (0..<10_000).map { #""l\#($0)": "\#($0)""# }.joined(separator: ",")
    let snapshot = read(
      #"[{"id":"a","severity":"info","title":"t","labels":{\#(labels)}},\#(AlertFindingsTests.good)]"#
    )
    #expect(snapshot.alerts.map(\.labels.count) == [128, 0])
    #expect(snapshot.findings.map(\.path) == ["[0].labels"])
    #expect(snapshot.findings.first?.message.contains("9872 more") == true)
  }

  @Test("beyond a hundred are only counted")
  func manyFindings() {
    let text = (0..<1_000).map { #"{"id":"\#($0)","title":"t"}"# }.joined(separator: ",\n")
    let snapshot = read("[\(text)]")
    #expect(snapshot.alerts.count == 1_000 && snapshot.isComplete)
    #expect(snapshot.findings.count == 100 && snapshot.unlistedFindings == 900)
    #expect(snapshot.findings.last?.line == 100)
  }

  @Test("keep a derived ID the same at every reading, and different for other labels")
  func derived() {
    let texts = [
      #"{"title":"t","severity":"info"}"#, #"{"title":"u","severity":"info"}"#,
      #"{"title":"t","severity":"info","labels":{"a":"b"}}"#,
    ]
    let once = read("[\(texts.joined(separator: ","))]").alerts.map(\.id)
    let again = read("[\(texts.reversed().joined(separator: ","))]").alerts.map(\.id)
    #expect(Set(once).count == 3)
    #expect(once == again.reversed())
  }
}

struct Flaw: Sendable, CustomTestStringConvertible {
  var text: String
  var path: String
  var holds: @Sendable (Alert) -> Bool

  init(_ text: String, _ path: String, _ holds: @escaping @Sendable (Alert) -> Bool) {
    self.text = text
    self.path = path
    self.holds = holds
  }

  var testDescription: String { text }
}
