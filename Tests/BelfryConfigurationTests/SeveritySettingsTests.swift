// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Severities in the file")
struct SeveritySettingsTests {
  private func read(_ rest: String) -> (configuration: Configuration?, findings: [String]) {
    let reader = ConfigurationReader(registry: TestChannel.registry, environment: ["T": "token"])
    let text = #"{"channels": {"j": {"kind": "test", "token": "${T}", "to": "ann"}}, \#(rest)}"#
    let read = reader.read(SourceText(name: "channels.json", bytes: Array(text.utf8)), folder: "/nowhere")
    return (read.configuration, read.findings.map { "\($0.level.rawValue) \($0.path): \($0.message)" })
  }

  @Test("are the standard ones without the key, and those of the rows with it")
  func read() throws {
    let standard = read(#""routes": [{"to": "j"}]"#)
    #expect(standard.configuration?.rules.severities == .standard)
    let own = read(#""routes": [{"to": "j"}], "severities": [["critical", "page"], ["error"], ["warning"], ["info"]]"#)
    #expect(own.findings == [])
    let scale = try #require(own.configuration?.rules.severities)
    #expect(scale.severities.map(\.name) == ["critical", "error", "warning", "info"])
    #expect(scale.severity("page") == .critical && scale.severity("warning").rank == 2)
  }

  @Test(
    "that are malformed or contradict each other are errors, each at its place",
    arguments: [
      (#"{}"#, ["error severities: expected a list of rows, found an object."]),
      (#"[]"#, ["error severities: there are no rows."]),
      (#"["critical"]"#, ["error severities[0]: expected a list of words, found a string."]),
      (#"[["critical"], []]"#, ["error severities[1]: the row is empty."]),
      (#"[["critical", 1]]"#, ["error severities[0]: expected a word, found a number."]),
      (
        #"[["a+", ""]]"#,
        Array(
          repeating: "error severities[0]: a severity is one line of 1 to 64 bytes that does not end in +.",
          count: 2
        )
      ),
      (#"[["a"], ["b", "A"]]"#, [#"error severities[1]: "A" is in row [0], too."#]),
      (#"[["a", "a"]]"#, [#"error severities[0]: "a" is twice in this row."#]),
      (
        #"[["a"], ["Critical"]]"#,
        [
          #"error severities[1]: "critical" belongs to the first row, because Belfry's own alerts are critical."#
        ]
      ),
      (
        "[" + (0..<17).map { #"["s\#($0)"]"# }.joined(separator: ",") + "]",
        ["error severities: it has 17 rows; at most 16 are possible."]
      ),
    ] as [(String, [String])]
  )
  func refused(rows: String, findings: [String]) {
    let found = read(#""routes": [{"to": "j"}], "severities": \#(rows)"#)
    #expect(found.configuration == nil)
    #expect(found.findings == findings)
  }

  @Test(
    "are what every selector of the file may name",
    arguments: [
      (#""error+""#, ["critical", "error"], []), (#"["p1", "debug"]"#, ["critical", "debug"], ["debug"]),
      (#""WARNING""#, ["warning"], []), (#""critical+""#, ["critical"], []),
      (#""none+""#, ["critical", "error", "info", "warning"], []),
    ] as [(String, [String], [String])]
  )
  func selectors(selector: String, names: [String], unknown: [String]) throws {
    let found = read(
      #""severities": [["critical", "p1"], ["error"], ["warning"], ["info", "none"]], "#
        + #""routes": [{"match": {"severity": \#(selector), "category": "c"}, "to": "j"}, {"to": "j"}]"#
    )
    let route = try #require(found.configuration?.rules.table.routes.first)
    #expect(route.matcher.severity?.severities.map(\.name).sorted() == names)
    #expect(
      found.findings
        == unknown.map {
          #"warning routes[0].match.severity: "\#($0)" is in no row of `severities`; it ranks last."#
        }
    )
  }

  @Test("are counted when every one of them must have a route")
  func coverage() {
    let found = read(
      #""severities": [["page"], ["error"]], "routes": [{"match": {"severity": "page"}, "to": "j"}]"#
    )
    #expect(found.findings == ["error routes: an alert could match no route: severity error, any other word."])
    let plus = read(#""severities": [["page"]], "routes": [{"match": {"severity": "odd+"}, "to": "j"}, {"to": "j"}]"#)
    #expect(
      plus.findings == [#"error routes[0].match.severity: "odd+": + works only with a word of `severities`."#]
    )
  }

  @Test("rank what a source reads, with a finding for each unknown word")
  func sources() async throws {
    var source = ConfiguredSource(
      name: "own",
      source: WordSource(),
      severities: SeverityScale([["page", "p1"], ["error"], ["info"]])
    )
    let context = PollContext(at: Instant(seconds: 0)) { _ in .failed(TransportFailure(.other, "what?")) }
    guard case .alerts(let snapshot) = await source.poll(context).outcome else {
      Issue.record("it reads no alerts")
      return
    }
    #expect(snapshot.alerts.map(\.severity.name) == ["page", "page", "error", "odd", "odd"])
    #expect(snapshot.alerts.map(\.severity.rank) == [0, 0, 1, 3, 3])
    #expect(
      snapshot.findings.map(\.message) == [#""odd" is in no row of `severities`; it ranks last (2 alerts)."#]
    )
  }

  @Test("of a changed file also change what its sources say, and what is investigated")
  func prints() {
    let rest = #""routes": [{"to": "j"}]"#
    let prints = [rest, rest + #", "severities": [["page"]]"#].map { read($0).configuration?.prints }
    for (key, isSame) in [("sources.own", false), ("wake", false), ("server", true), ("channels.j", true)] {
      #expect(prints[1].flatMap { prints[0]?.agree(with: $0, on: key) } == isSame, "\(key)")
    }
  }
}

/// Alerts with words of another system.
private struct WordSource: AlertSource {
  struct Settings: SourceSettings {
    static let fields: [Field<Self>] = []
  }

  static let kind: SourceKind = "words"

  init() {}
  init(name: SourceName, settings: Settings) {}

  var subject: String { "words" }

  func poll(_ context: PollContext) async -> Observation {
    let words = ["p1", "critical", "warning", "odd", "odd"]
    let alerts = words.enumerated().map { Alert(id: "\($0)", severity: Severity($1), title: "t") }
    return Observation(.alerts(AlertSnapshot(alerts: alerts)))
  }
}
