// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Belfry

@Suite("The body that Alertmanager sends")
struct AlertmanagerDocumentTests {
  private static let now = Instant(seconds: 1_800_000_000)

  private static func alert(_ id: String, _ labels: Labels = [:], annotations: Labels = [:]) -> Alert {
    Alert(
      source: .push,
      id: id,
      severity: .warning,
      category: "disk_full",
      title: "Disk almost full",
      detail: "94 %",
      labels: labels,
      firstSeen: "2027-01-15T07:46:40Z",
      annotations: annotations,
      sourceLink: "https://prometheus.example.com/graph?g0.expr=up"
    )
  }

  private static func notice(_ content: Notice.Content, group: GroupIdentity? = nil) -> Notice {
    var notice = Notice(delivery: DeliveryID("d"), channel: "hook", content: content, sentAt: now)
    notice.group = group
    return notice
  }

  private static func body(_ notice: Notice, within limit: Int = 20_000) throws -> JSONNode {
    let bytes = AlertmanagerDocument(notice).json(within: limit)
    #expect(bytes.count <= limit)
    return try #require(JSONNode(json: bytes))
  }

  @Test("has every documented member, with what the alerts of a group are and share")
  func group() throws {
    let first = Self.alert(
      "0123456789abcdef",
      ["alertname": "DiskFull", "cluster": "eu", "host": "a"],
      annotations: ["summary": "full", "team": "db"]
    )
    let second = Self.alert(
      "b",
      ["alertname": "DiskFull", "cluster": "eu", "host": "b"],
      annotations: ["summary": "full"]
    )
    let third = Self.alert("c", ["alertname": "Other", "cluster": "eu"], annotations: ["summary": "full"])
    var notice = Self.notice(
      .group(name: "cluster=eu", [first, second], firing: 2),
      group: GroupIdentity(key: "4e:cluster=eu", labels: ["cluster": "eu"])
    )
    notice.alreadySent = [third]
    notice.flags[second.key] = Notice.AlertFlags(
      isResolved: true,
      firedFor: .seconds(60),
      since: Self.now - .seconds(300)
    )
    notice.acknowledging = Notice.Acknowledging(home: "https://belfry.example.com")
    let expected = """
      {"receiver":"hook","status":"firing","alerts":[\
      {"status":"firing","labels":{"alertname":"DiskFull","cluster":"eu","host":"a"},\
      "annotations":{"summary":"full","team":"db"},"startsAt":"2027-01-15T07:46:40Z","endsAt":"0001-01-01T00:00:00Z",\
      "generatorURL":"https://prometheus.example.com/graph?g0.expr=up","fingerprint":"0123456789abcdef"},\
      {"status":"resolved","labels":{"alertname":"DiskFull","cluster":"eu","host":"b"},\
      "annotations":{"summary":"full"},"startsAt":"2027-01-15T07:46:40Z","endsAt":"2027-01-15T07:56:00Z",\
      "generatorURL":"https://prometheus.example.com/graph?g0.expr=up","fingerprint":"\(second.fingerprint)"},\
      {"status":"firing","labels":{"alertname":"Other","cluster":"eu"},"annotations":{"summary":"full"},\
      "startsAt":"2027-01-15T07:46:40Z","endsAt":"0001-01-01T00:00:00Z",\
      "generatorURL":"https://prometheus.example.com/graph?g0.expr=up","fingerprint":"\(third.fingerprint)"}],\
      "groupLabels":{"cluster":"eu"},"commonLabels":{"cluster":"eu"},"commonAnnotations":{"summary":"full"},\
      "externalURL":"https://belfry.example.com","version":"4","groupKey":"4e:cluster=eu","truncatedAlerts":0}
      """
    #expect(String(decoding: AlertmanagerDocument(notice).json(within: 20_000), as: UTF8.self) == expected)
  }

  @Test("of an alert alone and of its end have one key, and supply the labels and annotations that it lacks")
  func alone() throws {
    let alert = Self.alert("a")
    let firing = try Self.body(Self.notice(.alert(alert)))
    let resolved = try Self.body(Self.notice(.resolved(alert)))
    #expect(firing["groupKey"]?.string == "push/a")
    #expect(resolved["groupKey"]?.value == firing["groupKey"]?.value)
    #expect(firing["status"]?.string == "firing")
    #expect(resolved["status"]?.string == "resolved")
    for name in ["groupLabels", "commonLabels"] {
      #expect(firing[name]?["alertname"]?.string == "disk_full")
      #expect(firing[name]?["severity"]?.string == "warning")
      #expect(firing[name]?["source"]?.string == "push")
    }
    #expect(firing["commonAnnotations"]?["summary"]?.string == "Disk almost full")
    #expect(firing["commonAnnotations"]?["description"]?.string == "94 %")
    #expect(resolved["alerts"]?.elements?.first?["endsAt"]?.string == Self.now.iso8601)
  }

  @Test("leaves out alerts that do not fit and counts them, and cuts texts only of one that does not fit alone")
  func limits() throws {
    let alerts = (0..<500).map { Self.alert("\($0)", ["alertname": "A", "n": "\($0)"]) }
    let many = try Self.body(Self.notice(.burst(alerts)), within: 4_096)
    let count = try #require(many["alerts"]?.elements?.count)
    #expect(count > 5)
    #expect(many["truncatedAlerts"]?.value == .number("\(500 - count)"))
    var large = Self.alert("large", annotations: ["summary": String(repeating: "a", count: 50_000)])
    large.detail = ""
    let one = try Self.body(Self.notice(.alert(large)), within: 4_096)
    #expect(one["alerts"]?.elements?.count == 1)
    #expect(one["truncatedAlerts"]?.value == .number("0"))
    let none = try Self.body(Self.notice(.digest(name: "daily", [])))
    #expect(none["alerts"]?.elements?.isEmpty == true)
    #expect(none["status"]?.string == "firing")
  }

  @Test("links only where a receiver may follow", arguments: ["javascript:alert(1)", "/graph", "", "https://a b"])
  func links(_ link: String) throws {
    var alert = Self.alert("a")
    alert.sourceLink = link
    let written = try Self.body(Self.notice(.alert(alert)))["alerts"]?.elements?.first?["generatorURL"]?.string
    #expect(written == (link == "https://a b" ? "https://a%20b" : ""))
  }

  @Test("shares its key and status with the placeholders for incidents, in a text that every service accepts")
  func placeholders() throws {
    let alerts = [Self.alert("a"), Self.alert("b")]
    func values(_ notice: Notice) -> [String: String] {
      let document = NoticeDocument(notice)
      let extent = NoticeDocument.Extent(text: nil, message: nil, alerts: 10)
      return Dictionary(
        (document.members(extent) + document.shorthands()).map { ($0.name, document.text(of: $0.value, extent)) }
      ) { $1 }
    }
    let group = GroupIdentity(key: String(repeating: "long ", count: 100), labels: [:])
    var begins = Self.notice(.group(name: "", [alerts[0]], firing: 1), group: group)
    var ends = Self.notice(.group(name: "", [alerts[1]], firing: 1), group: group)
    begins.alreadySent = [alerts[1]]
    ends.flags[alerts[1].key] = Notice.AlertFlags(isResolved: true)
    let key = try #require(values(begins)["group_key"])
    #expect(key.utf8.count == 32)
    #expect(values(ends)["group_key"] == key)
    #expect(values(begins)["group_status"] == "firing")
    #expect(values(ends)["group_status"] == "resolved")
    ends.alreadySent = [alerts[0]]
    #expect(values(ends)["group_status"] == "firing")
    #expect(values(ends)["status"] == "resolved")
    let alone = Self.notice(.alert(alerts[0]))
    #expect(values(alone)["group_key"] == values(Self.notice(.resolved(alerts[0])))["group_key"])
    #expect(values(alone)["group_key"] != values(Self.notice(.alert(alerts[1])))["group_key"])
  }
}
