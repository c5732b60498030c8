// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Fuzzes the bodies of alert sources, in every format: the resulting alerts are within limits, clean, and can be
/// stored.
@Sendable func fuzzAlerts(_ bytes: [UInt8]) {
  let source = SourceText(name: "alerts", bytes: bytes)
  let now = Instant(seconds: 1_800_000_000)
  check(AlertDecoding.read(source, from: "app", now: now))
  check(AlertDecoding.readPrometheus(source, from: "prom"))
  check(AlertDecoding.read(source, from: "http", by: map))
  for shape in [PushShape.alertmanager, .webhook, .own] {
    check(AlertDecoding.readPush(source, shape, now: now))
  }
}

/// A map that reads every field, from members with short names.
private let map: AlertMap = {
  var map = AlertMap()
  func text(_ path: String, _ table: [ExactText: String] = [:]) -> MappedText {
    var text = MappedText()
    text.paths = [MemberPath(path)]
    text.table = table
    return text
  }
  map.list = MemberPath("a.0")
  map.id = text("i")
  map.title = text("t")
  map.severity = text("s", ["P1": "critical"])
  map.category = text("/c~1d/e")
  map.detail = text("d")
  map.link = text("l")
  map.panel = text("p")
  map.firstSeen = text("f")
  map.labels.all = MemberPath("L")
  return map
}()

private func check(_ pushed: PushedAlerts) {
  for text in pushed.remarks + pushed.refusals.map(\.reason) { expect(!text.contains("\n"), "a remark is one line") }
  expect(pushed.fault == nil || pushed.alerts.isEmpty, "nothing is taken of a text that is refused")
  let places = pushed.alerts.map(\.index) + pushed.refusals.map(\.index)
  expect(Set(places).count == places.count, "each alert is taken or refused, once")
  expect(pushed.refusals.count <= pushed.refusedCount, "all refusals are counted")
  for one in pushed.alerts { check(one.alert) }
}

private func check(_ snapshot: AlertSnapshot) {
  for finding in snapshot.findings { expect(!finding.text.contains("\n"), "a finding is one line") }
  var keys: Set<AlertKey> = []
  for alert in snapshot.alerts {
    expect(keys.insert(alert.key).inserted, "\(alert.key) is there once")
    check(alert)
  }
}

private func check(_ alert: Alert) {
  let limits = AlertLimits.standard
  expect(alert.id.utf8.count <= limits.idBytes && !alert.id.isEmpty, "an id of \(alert.id.utf8.count) bytes")
  expect(alert.title.count <= limits.titleCharacters, "a title of \(alert.title.count) characters")
  expect(alert.detail.utf8.count <= limits.detailBytes, "a detail of \(alert.detail.utf8.count) bytes")
  expect(alert.labels.count <= limits.labels, "\(alert.labels.count) labels")
  let lines = [alert.id, alert.title, alert.category, alert.panel, alert.severity.name] + alert.labels.map(\.value)
  for text in lines {
    expect(!text.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "\(text.debugDescription) is one line")
  }
  var writer = JSONWriter()
  alert.encode(into: &writer)
  expect(Alert(stored: writer.bytes) == alert, "\(alert) is read as it was stored")
}
