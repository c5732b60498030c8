// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A notice as one line of JSON with complete alerts, for programs.
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
    // The links follow the order of the alerts; an order of their own would need a name for each.
    if let acknowledging = notice.acknowledging, !acknowledging.links.isEmpty {
      let links = notice.alerts.map { acknowledging.links[$0.key] ?? "" }
      if links.count == 1 {
        writer.member("acknowledge_url", links[0])
      } else {
        writer.key("acknowledge_urls")
        writer.beginArray()
        for link in links { writer.string(link) }
        writer.endArray()
      }
    }
    let ended = notice.alerts.filter { notice.flags[$0.key]?.isResolved == true }
    if !ended.isEmpty {
      writer.key("resolved")
      writer.beginArray()
      for alert in ended { writer.string(alert.id) }
      writer.endArray()
    }
    if notice.content.ended > 0 {
      writer.key("ended")
      writer.int(notice.content.ended)
    }
    if notice.suppressed > 0 {
      writer.key("suppressed")
      writer.int(notice.suppressed)
    }
    writer.endObject()
    writer.endLine()
    return writer.bytes
  }
}
