// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The bodies of alert sources, in every shape: what comes of them is within its limits, clean, and can be stored.
@Sendable func fuzzAlerts(_ bytes: [UInt8]) {
  let source = SourceText(name: "alerts", bytes: bytes)
  let now = Instant(seconds: 1_800_000_000)
  check(AlertDecoding.read(source, from: "app", now: now))
  check(AlertDecoding.readPrometheus(source, from: "prom"))
}

private func check(_ snapshot: AlertSnapshot) {
  let limits = AlertLimits.standard
  for finding in snapshot.findings { expect(!finding.text.contains("\n"), "a finding is one line") }
  var keys: Set<AlertKey> = []
  for alert in snapshot.alerts {
    expect(keys.insert(alert.key).inserted, "\(alert.key) is there once")
    expect(alert.id.utf8.count <= limits.idBytes && !alert.id.isEmpty, "an id of \(alert.id.utf8.count) bytes")
    expect(alert.title.count <= limits.titleCharacters, "a title of \(alert.title.count) characters")
    expect(alert.detail.utf8.count <= limits.detailBytes, "a detail of \(alert.detail.utf8.count) bytes")
    expect(alert.labels.count <= limits.labels, "\(alert.labels.count) labels")
    let lines = [alert.id, alert.title, alert.category, alert.panel, alert.severity.name] + alert.labels.map(\.value)
    for text in lines {
      expect(!text.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "\(text.debugDescription) is one line")
    }
    var writer = JSONWriter()
    AlertEncoding.encode(alert, into: &writer)
    expect(Alert(stored: writer.bytes) == alert, "\(alert) is read as it was stored")
  }
}
