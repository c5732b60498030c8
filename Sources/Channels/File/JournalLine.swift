// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A notice as one line of JSON, with whole alerts: what a program reads.
enum JournalLine {
  static func bytes(of notice: Notice) -> [UInt8] {
    let text = NoticeText(notice, times: .asWritten)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("delivery_id", notice.delivery.text)
    writer.member("sent_at", notice.sentAt.iso8601)
    writer.member("channel", notice.channel.name)
    writer.member("type", notice.content.kind)
    writer.member("title", text.summary)
    writer.member("text", text.plain)
    writer.member("route", notice.route)
    writer.member("reason", notice.reason)
    writer.key("alerts")
    writer.beginArray()
    for alert in notice.alerts { writer.alert(alert) }
    writer.endArray()
    writer.endObject()
    writer.endLine()
    return writer.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  fileprivate mutating func alert(_ alert: Alert) {
    beginObject()
    member("id", alert.id)
    member("severity", alert.severity.name)
    member("category", alert.category)
    member("title", alert.title)
    member("detail", alert.detail)
    member("source", alert.source.name)
    member("source_panel", alert.panel)
    member("source_panel_route", alert.link)
    member("first_seen_at", alert.firstSeen)
    key("labels")
    beginObject()
    for label in alert.labels { member(label.name, label.value) }
    endObject()
    endObject()
  }
}
