// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("An alert's identity depends on its whole original content")
struct AlertIdentityTests {
  private static let now = Instant(seconds: 1_800_000_000)

  /// The entry points: one for alerts identified by labels alone, and one for Belfry's format without an ID.
  enum Way: CaseIterable {
    case file, prometheus, api, webhook, own

    func ids(of alerts: [String]) -> [String] {
      let list = "[" + alerts.joined(separator: ",") + "]"
      let text =
        switch self {
        case .file, .api: list
        case .prometheus: #"{"status":"success","data":{"alerts":\#(list)}}"#
        case .webhook, .own: #"{"alerts":\#(list)}"#
        }
      let source = SourceText(name: "text", bytes: Array(text.utf8))
      return switch self {
      case .file: AlertDecoding.read(source, from: "app", now: now).alerts.map(\.id)
      case .prometheus: AlertDecoding.readPrometheus(source, from: "app").alerts.map(\.id)
      case .api: AlertDecoding.readPush(source, .alertmanager, now: now).alerts.map(\.alert.id)
      case .webhook: AlertDecoding.readPush(source, .webhook, now: now).alerts.map(\.alert.id)
      case .own: AlertDecoding.readPush(source, .own, now: now).alerts.map(\.alert.id)
      }
    }
  }

  private static func alert(_ labels: String) -> String {
    #"{"status":"firing","state":"firing","labels":{"alertname":"A","severity":"info",\#(labels)}}"#
  }

  private static let long = String(repeating: "x", count: 5_000)
  private static let many = (0..<200).map { #""label\#($0)":"v""# }.joined(separator: ",")

  @Test(
    "two alerts that differ in one place are distinct, wherever that is",
    arguments: [
      (#""v":"\#(long)1""#, #""v":"\#(long)2""#),
      (#""\#(long)1":"v""#, #""\#(long)2":"v""#),
      (#"\#(many),"z":"1""#, #"\#(many),"z":"2""#),
      (#"\#(many),"z":"\#(long)1""#, #"\#(many),"z":"\#(long)2""#),
      (#""v":"a\u0001""#, #""v":"a\u0002""#),
      (#""v\u0001":"a""#, #""v\u0002":"a""#),
      (#""v":"\ud83d""#, #""v":"\ud83e""#),
      (#""v":"caf\u00e9""#, #""v":"cafe\u0301""#),
      (#""caf\u00e9":"v""#, #""cafe\u0301":"v""#),
      (#""v":["a"]"#, #""v":["b"]"#),
      (#""v":\#(String(repeating: "7", count: 5_000))1"#, #""v":\#(String(repeating: "7", count: 5_000))2"#),
    ],
    Way.allCases
  )
  func twoAlerts(pair: (String, String), way: Way) {
    let ids = way.ids(of: [Self.alert(pair.0), Self.alert(pair.1)])
    #expect(Set(ids.map { ExactText($0) }).count == 2)
    #expect(way.ids(of: [Self.alert(pair.0)]) == way.ids(of: [Self.alert(pair.0)]), "the same alert has the same id")
  }

  @Test("different invalid UTF-8 bytes make different alerts", arguments: [PushShape.alertmanager, .own])
  func otherEncodings(shape: PushShape) {
    let text = Array(
      #"[{"labels":{"alertname":"A","host":"z?rich"}},{"labels":{"alertname":"A","host":"z!rich"}}]"#.utf8
    )
    let latin1 = text.map { $0 == UInt8(ascii: "?") ? 0xFC : $0 == UInt8(ascii: "!") ? 0xF6 : $0 }
    let pushed = AlertDecoding.readPush(SourceText(name: "text", bytes: latin1), shape, now: Self.now)
    #expect(pushed.alerts.map { $0.alert.labels["host"] } == ["z\u{FFFD}rich", "z\u{FFFD}rich"])
    #expect(Set(pushed.alerts.map(\.alert.id)).count == 2)
    #expect(pushed.remarks.contains { $0.hasPrefix("[1]: ") && $0.contains("not UTF-8") })
  }

  @Test(
    "IDs stay different when one is cut, cleaned or corrected",
    arguments: [
      (long + "1", long + "2"), (#"a\u0001"#, #"a\u0002"#), (#"\ud83d"#, #"\ud83e"#), ("café", "cafe\u{301}"),
    ]
  )
  func ids(pair: (String, String)) {
    let alerts = [pair.0, pair.1].map { #"{"id":"\#($0)","severity":"info","title":"T"}"# }
    for way in [Way.file, .own] {
      let ids = way.ids(of: alerts)
      #expect(Set(ids.map { ExactText($0) }).count == 2)
      #expect(ids.allSatisfy { $0.utf8.count <= AlertLimits.standard.idBytes })
    }
  }

  @Test("alerts without an ID are distinct if they differ beyond the stored part of their titles")
  func titles() {
    let alerts = ["1", "2"].map { #"{"severity":"info","title":"\#(Self.long)\#($0)"}"# }
    #expect(Set(Way.own.ids(of: alerts)).count == 2)
    #expect(Set(Way.file.ids(of: alerts)).count == 2)
  }

  @Test("an alert with a label that is too long still has Prometheus' fingerprint")
  func fingerprint() {
    let id = Way.api.ids(of: [Self.alert(#""v":"\#(Self.long)""#)])
    // FNV-1a over name, 0xFF, value, 0xFF, calculated independently.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for text in ["alertname", "A", "severity", "info", "v", Self.long] {
      for byte in Array(text.utf8) + [0xFF] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    #expect(id == [String(String(String(hash, radix: 16).reversed()).padding(16).reversed())])
  }

  @Test("the keys for grouping and matching stay different when they are cut")
  func keys() throws {
    let alerts = ["1", "2"].map {
      #"{"id":"\#($0)","severity":"\#(Self.long)\#($0)","category":"\#(Self.long)\#($0)","title":"T","labels":{"v":"\#(Self.long)\#($0)","\#(Self.long)\#($0)":"w"}}"#
    }
    let source = SourceText(name: "text", bytes: Array("[\(alerts.joined(separator: ","))]".utf8))
    let read = AlertDecoding.read(source, from: "app", now: Self.now).alerts
    try #require(read.count == 2)
    let limits = AlertLimits.standard
    #expect(read[0].category != read[1].category && read[0].category.utf8.count <= limits.categoryBytes)
    #expect(read[0].severity != read[1].severity)
    #expect(read[0].labels["v"] != read[1].labels["v"])
    #expect(Set(read.flatMap { $0.labels.map(\.name) }).count == 3)
    #expect(read[0].labels.allSatisfy { $0.value.utf8.count <= limits.labelValueBytes })
    #expect(read[0].labels.allSatisfy { $0.name.utf8.count <= limits.labelNameBytes })
  }

  @Test("an alert posted in Alertmanager's format is identified by its labels, whatever its fingerprint")
  func postedFingerprint() {
    let alerts = ["1", "2"].map { #"{"fingerprint":"f","labels":{"alertname":"A","n":"\#($0)"}}"# }
    #expect(Set(Way.api.ids(of: alerts)).count == 2)
  }
}

extension String {
  /// The text padded with zeros to a length.
  fileprivate func padding(_ length: Int) -> String { self + String(repeating: "0", count: max(0, length - count)) }
}
