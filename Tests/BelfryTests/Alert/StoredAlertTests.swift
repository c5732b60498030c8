// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@Suite("Alerts as JSON")
struct StoredAlertTests {
  static let full = Alert(
    source: "app",
    id: "disk-1",
    severity: .critical,
    category: "disk_full",
    title: "Disk \"full\" / 😀",
    detail: "Two\nlines\t.",
    labels: ["b": "2", "a": "", "": "empty"],
    panel: "Disks",
    link: "/disks",
    firstSeen: "2026-11-23T17:00:00Z"
  )
  /// The same with what earlier releases did not keep.
  static let annotated = Alert(
    source: "app",
    id: "disk-1",
    severity: .critical,
    category: "disk_full",
    title: "Disk full",
    annotations: ["runbook_url": "https://wiki.example/disk", "": "\n"],
    sourceLink: "https://prometheus.example/graph"
  )

  /// Its annotations repeat its fields, as those of Prometheus do.
  static let repeating = Alert(
    id: "a",
    severity: .warning,
    title: "Disk full",
    detail: "It is full.",
    link: "https://wiki.example/disk",
    annotations: [
      "summary": "Disk full", "description": "It is full.", "runbook_url": "https://wiki.example/disk", "link": "x",
      "title": "Disk full",
    ],
    sourceLink: "https://wiki.example/disk"
  )

  @Test("what an annotation repeats is written once, and reads back in any order")
  func repeated() throws {
    let text = encoded(StoredAlertTests.repeating)
    #expect(
      text
        == #"{"id":"a","severity":"warning","category":"","title":"Disk full","detail":"It is full.","#
        + #""source_panel_route":"https://wiki.example/disk","annotations":{"link":"x","title":"Disk full"},"#
        + #""repeated":["summary","description","runbook_url","generatorURL"]}"#
    )
    #expect(Alert(stored: Array(text.utf8)) == StoredAlertTests.repeating)
    let node = try #require(JSONNode(json: Array(text.utf8)))
    var writer = JSONWriter()
    writer.object { writer in
      for member in (node.members ?? []).reversed() {
        writer.key(member.name)
        writer.json(Array(member.node.compact.utf8))
      }
    }
    #expect(Alert(stored: writer.bytes) == StoredAlertTests.repeating)
  }

  @Test("an alert is written in Belfry's format, without its empty fields")
  func written() {
    #expect(
      encoded(StoredAlertTests.full)
        == #"{"source":"app","id":"disk-1","severity":"critical","category":"disk_full","title":"Disk \"full\" / 😀","#
        + #""detail":"Two\nlines\t.","source_panel":"Disks","source_panel_route":"/disks","first_seen_at":"2026-11-23T17:00:00Z","#
        + #""labels":{"":"empty","a":"","b":"2"}}"#
    )
    #expect(
      encoded(Alert(id: "a", severity: .info, title: "t"))
        == #"{"id":"a","severity":"info","category":"","title":"t","detail":""}"#
    )
    #expect(
      encoded(StoredAlertTests.annotated)
        == #"{"source":"app","id":"disk-1","severity":"critical","category":"disk_full","title":"Disk full","detail":"","#
        + #""annotations":{"":"\n","runbook_url":"https://wiki.example/disk"},"#
        + #""generatorURL":"https://prometheus.example/graph"}"#
    )
  }

  @Test("a written alert reads back unchanged, whatever it contains")
  func stored() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<500 {
      let alert = Alert.any(&generator)
      #expect(Alert(stored: Array(encoded(alert).utf8)) == alert)
    }
    for alert in [StoredAlertTests.full, StoredAlertTests.annotated, StoredAlertTests.repeating] {
      #expect(Alert(stored: Array(encoded(alert).utf8)) == alert)
    }
  }

  @Test(
    "a severity is the word alone where it has its usual rank, and reads back with its rank and level otherwise",
    arguments: [
      (Severity("odd"), #""odd""#), (.warning, #""warning""#),
      (Severity("page", rank: 0, level: .critical), #"{"word":"page","rank":0,"level":"critical"}"#),
      (Severity("warning", rank: 2, level: .warning), #"{"word":"warning","rank":2,"level":"warning"}"#),
    ]
  )
  func severities(severity: Severity, text: String) {
    var writer = JSONWriter()
    severity.encode(into: &writer)
    #expect(writer.text == text)
    #expect(Severity(stored: writer.bytes) == severity)
    var alert = StoredAlertTests.full
    alert.severity = severity
    #expect(Alert(stored: Array(encoded(alert).utf8)) == alert)
  }

  @Test(
    "a severity that Belfry did not write is rejected",
    arguments: ["1", "null", "[]", "{}", #"{"word":"a"}"#, #"{"word":"a","rank":-1}"#, #"{"word":1,"rank":1}"#]
  )
  func refusedSeverity(text: String) {
    #expect(Severity(stored: Array(text.utf8)) == nil)
  }

  @Test("a written alert also reads back as a source's alert")
  func readAsSource() {
    for var alert in [StoredAlertTests.full, StoredAlertTests.annotated, StoredAlertTests.repeating] {
      alert.source = "app"
      var writer = JSONWriter()
      writer.array([alert]) { $1.encodeWhole(into: &$0) }
      let snapshot = read(writer.text)
      #expect(snapshot.alerts == [alert] && snapshot.findings.isEmpty)
    }
  }

  @Test(
    "anything that Belfry did not write is rejected",
    arguments: [
      "", "[]", "null", "{}", #"{"id":"a"}"#, #"{"id":"a","severity":"info","category":"","title":"t","detail":"",}"#,
      #"{"id":1,"severity":"info","category":"","title":"t","detail":""}"#,
      #"{"id":"a","severity":"info","category":"","title":"t","detail":"","labels":[]}"#,
      #"{"id":"a","severity":"info","category":"","title":"t","detail":"","labels":{"a":1}}"#,
      #"{"id":"a","severity":"info","category":"","title":"t","detail":""} {}"#,
    ]
  )
  func refused(text: String) {
    #expect(Alert(stored: Array(text.utf8)) == nil)
  }

  @Test("the content hash is the same as in earlier releases")
  func stable() {
    #expect(StoredAlertTests.full.contentHash == 7_629_114_523_342_168_361)
    #expect(Alert(id: "a", severity: .info, title: "t").contentHash == 2_710_526_861_974_573_051)
  }

  @Test("the content hash depends on everything except source and ID")
  func content() {
    let alert = StoredAlertTests.full
    var other = alert
    other.id = "x"
    other.source = "y"
    #expect(other.contentHash == alert.contentHash)
    let changes: [(inout Alert) -> Void] = [
      { $0.severity = .info }, { $0.severity = Severity("critical", rank: 1, level: .warning) }, { $0.category += "x" },
      { $0.title += "x" }, { $0.detail += "x" }, { $0.panel += "x" },
      { $0.link += "x" }, { $0.firstSeen += "x" }, { $0.labels["a"] = "1" }, { $0.labels["a"] = nil },
      { ($0.panel, $0.link) = ($0.link, $0.panel) },
      { ($0.title, $0.detail) = ("", $0.title + $0.detail) },
      { ($0.title, $0.detail) = ($0.title + "\0", $0.detail) },
      { $0.annotations = ["c": "3"] }, { $0.annotations = ["c": "4"] }, { $0.labels["c"] = "3" },
      { $0.sourceLink = "c" }, { $0.annotations = ["c": ""] }, { ($0.sourceLink, $0.annotations) = ("c", ["c": "3"]) },
    ]
    let hashes = changes.map { change in
      var changed = alert
      change(&changed)
      return changed.contentHash
    }
    #expect(Set(hashes + [alert.contentHash]).count == changes.count + 1)
  }

  @Test("a hundred thousand small differences give as many hashes")
  func spread() {
    var alert = StoredAlertTests.full
    var hashes: Set<UInt64> = []
    for number in 0..<100_000 {
      alert.detail = "\(number) of disk"
      hashes.insert(alert.contentHash)
    }
    #expect(hashes.count == 100_000)
  }

  private func encoded(_ alert: Alert) -> String {
    var writer = JSONWriter()
    alert.encode(into: &writer)
    return writer.text
  }
}

extension Alert {
  /// An alert with random content.
  static func any(_ generator: inout SeededGenerator) -> Alert {
    var labels: Labels = [:]
    var annotations: Labels = [:]
    for _ in 0..<Int.random(in: 0...5, using: &generator) { labels[.any(&generator)] = .any(&generator) }
    for _ in 0..<Int.random(in: 0...5, using: &generator) { annotations[.any(&generator)] = .any(&generator) }
    return Alert(
      source: SourceName(.any(&generator)),
      id: .any(&generator),
      severity: Severity(.any(&generator)),
      category: .any(&generator),
      title: .any(&generator),
      detail: .any(&generator),
      labels: labels,
      panel: .any(&generator),
      link: .any(&generator),
      firstSeen: .any(&generator),
      annotations: annotations,
      sourceLink: .any(&generator)
    )
  }
}
