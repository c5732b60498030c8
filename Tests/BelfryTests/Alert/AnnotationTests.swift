// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Annotations of alerts that are read")
struct AnnotationTests {
  @Test("are kept as they are, in any format, and never count for the identity")
  func kept() {
    let annotations = #"{"dashboard": "a\nb", "": "x", "n": 1, "on": true, "e": "", "u": "\u00fc"}"#
    let texts: Labels = ["dashboard": "a\nb", "": "x", "n": "1", "on": "true", "e": "", "u": "ü"]
    let own = #""category": "c", "title": "t", "severity": "info", "labels": {"a": "1"}"#
    let alerts = read(
      """
      [{"id": "own", \(own), "annotations": \(annotations), "generatorURL": "http://own"},
       {"fingerprint": "f", "labels": {"alertname": "A", "severity": "info"}, "annotations": \(annotations)},
       {\(own), "annotations": {"only": "here"}}, {\(own)}]
      """
    ).alerts
    #expect(alerts.map(\.annotations) == [texts, texts, ["only": "here"]])
    #expect(alerts.first?.sourceLink == "http://own")
  }

  struct Limit: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let annotations: [(name: String, value: String)]
    let kept: Labels
    /// The paths of the findings.
    var findings: [String] = []
  }

  static let limits = [
    Limit(
      testDescription: "64 annotations",
      annotations: (10..<74).map { ("a\($0)", "x") },
      kept: Labels((10..<74).map { Labels.Label(name: "a\($0)", value: "x") })
    ),
    Limit(
      testDescription: "65 annotations",
      annotations: (10..<75).map { ("a\($0)", "x") },
      kept: Labels((10..<74).map { Labels.Label(name: "a\($0)", value: "x") }),
      findings: ["[0].annotations"]
    ),
    Limit(
      testDescription: "4 KiB",
      annotations: [("a", String(repeating: "x", count: 4_096))],
      kept: ["a": String(repeating: "x", count: 4_096)]
    ),
    Limit(
      testDescription: "4 KiB and a byte",
      annotations: [("a", String(repeating: "x", count: 4_097)), ("b", "y")],
      kept: ["a": String(repeating: "x", count: 4_093) + "…", "b": "y"],
      findings: ["[0].annotations.a"]
    ),
    Limit(
      testDescription: "32 KiB in all",
      annotations: (0..<8).map { ("\($0)", String(repeating: "x", count: 4_095)) },
      kept: Labels((0..<8).map { Labels.Label(name: "\($0)", value: String(repeating: "x", count: 4_095)) })
    ),
    Limit(
      testDescription: "32 KiB and a byte in all",
      annotations: (0..<7).map { ("\($0)", String(repeating: "x", count: 4_095)) }
        + [("7", String(repeating: "x", count: 4_096)), ("8", "y")],
      kept: Labels(
        (0..<7).map { Labels.Label(name: "\($0)", value: String(repeating: "x", count: 4_095)) }
          + [Labels.Label(name: "7", value: String(repeating: "x", count: 4_092) + "…")]
      ),
      findings: ["[0].annotations", "[0].annotations.7"]
    ),
    Limit(
      testDescription: "two names that differ only in their normal form",
      annotations: [("caf\u{E9}", "composed"), ("cafe\u{301}", "decomposed")],
      kept: ["caf\u{E9}": "composed", "cafe\u{301}": "decomposed"]
    ),
    Limit(
      testDescription: "control characters",
      annotations: [("a\u{7}", "b\u{1B}[31mc\td")],
      kept: ["a\u{FFFD}": "b\u{FFFD}[31mc\td"],
      findings: ["[0].annotations", "[0].annotations.a\u{FFFD}"]
    ),
  ]

  @Test("are cut visibly and with a finding beyond each limit", arguments: limits)
  func cut(limit: Limit) {
    var writer = JSONWriter()
    writer.array([limit]) { writer, limit in
      writer.object { writer in
        writer.member("id", "a")
        writer.member("severity", "info")
        writer.member("title", "t")
        writer.key("annotations")
        writer.object { for one in limit.annotations { $0.member(one.name, one.value) } }
      }
    }
    let snapshot = read(writer.text)
    #expect(snapshot.alerts.first?.annotations == limit.kept)
    #expect(snapshot.findings.map(\.path).sorted() == limit.findings.sorted())
    #expect(snapshot.isComplete)
  }

  @Test("give the title, the text and the link also beyond the limits, each within its own")
  func fields() throws {
    let many = (0..<64).map { #""a\#($0)": "x""# }.joined(separator: ",")
    let text = String(repeating: "d", count: 10_000)
    let snapshot = read(
      #"[{"fingerprint": "f", "labels": {"alertname": "A", "severity": "info"}, "annotations": {\#(many),"#
        + #" "summary": "S", "description": "\#(text)", "runbook_url": "https://r"}}]"#
    )
    let alert = try #require(snapshot.alerts.first)
    #expect(alert.title == "S" && alert.detail == text && alert.link == "https://r")
    #expect(alert.annotations.count == 64 && alert.annotations["summary"] == nil)
    #expect(snapshot.findings.map(\.path) == ["[0].annotations"])
  }

  @Test("that are a field, too, have what is wrong with them reported once")
  func reportedOnce() throws {
    let text = String(repeating: "d", count: 5_000)
    let snapshot = read(
      #"[{"fingerprint": "f", "labels": {"alertname": "A", "severity": "info"},"#
        + #" "annotations": {"summary": "a\u0007b", "description": "\#(text)", "link": ["x"]}}]"#
    )
    #expect(snapshot.findings.map(\.path) == ["[0].annotations.summary", "[0].annotations.link"])
    let alert = try #require(snapshot.alerts.first)
    #expect(alert.detail == text && alert.title == "a\u{FFFD}b")
    #expect(alert.annotations["summary"] == "a\u{FFFD}b")
    #expect(alert.annotations["description"] == String(repeating: "d", count: 4_093) + "…")
    #expect(alert.annotations.count == 2)
  }
}
