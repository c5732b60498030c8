// SPDX-License-Identifier: Apache-2.0

extension NoticeDocument {
  /// The members of the object, in order.
  package func members(_ extent: Extent) -> [(name: String, value: Value)] {
    let alerts = notice.alerts
    let resolved = alerts.count(where: isResolved)
    var members: [(name: String, value: Value)] = [
      ("version", .number(NoticeDocument.version)),
      ("type", .text(notice.content.kind)),
      ("delivery_id", .text(notice.delivery.token)),
      ("sent_at", .text(notice.sentAt.iso8601)),
      ("timestamp", .number(notice.sentAt.wholeSeconds)),
      ("channel", .text(notice.channel.name)),
      ("product", .text(notice.product)),
      ("status", .text(resolved == alerts.count && !alerts.isEmpty ? "resolved" : "firing")),
      ("severity", .text(notice.severity.name)),
      ("title", .text(words.summary)),
      ("text", .message),
      ("reason", .text(notice.reason)),
      ("route", .text(notice.route)),
      ("name", .text(notice.content.name)),
      ("count", .number(alerts.count)),
      ("firing", .number(notice.content.firing ?? alerts.count - resolved)),
      ("ended", .number(notice.content.ended)),
      ("suppressed", .number(notice.suppressed)),
      ("omitted", .number(alerts.count - min(extent.alerts, alerts.count))),
      ("link", .text(link)),
      ("waited", .number(notice.delay.map { Int($0.duration / .seconds(1)) } ?? 0)),
      ("waited_because", .text(notice.delay?.reason ?? "")),
      ("instead_of", .text(notice.forwardings.last?.from.name ?? "")),
      ("instead_because", .text(notice.forwardings.last?.reason.clause ?? "")),
      ("refused_because", .text(notice.refusal?.clause ?? "")),
    ]
    if notice.acknowledging != nil { members.append(acknowledgement) }
    return members + [("alerts", .alerts)]
  }

  /// The additional values for templates: those that all alerts of the notice share, and those of a single alert.
  package func shorthands() -> [(name: String, value: Value)] {
    let single = notice.alerts.count == 1 ? notice.alerts.first : nil
    let group = AlertmanagerDocument(notice)
    return [
      ("id", .text(single?.id ?? "")),
      ("key", .text(single?.key.description ?? notice.delivery.token)),
      ("group_key", .text(String(SHA256.hexadecimal(of: Array(group.groupKey.utf8)).prefix(32)))),
      ("group_status", .text(group.status)),
      ("source", .text(shared(\.source.name))),
      ("category", .text(shared(\.category))),
      acknowledgement,
      ("description", .text(single.map(\.detail) ?? words.main)),
      ("first_seen_at", .text(single?.firstSeen ?? "")),
      ("labels", .labels(shared(\.labels))),
      ("annotations", .labels(shared(\.annotations))),
    ] + links(of: single).map { ("links.\($0.name)", .whole($0.url)) }
  }

  /// The link for acknowledging the alert, if there is only one alert.
  ///
  /// It is a member only if the server has a public address; a template can always use it.
  private var acknowledgement: (name: String, value: Value) {
    let single = notice.alerts.count == 1 ? notice.alerts.first : nil
    return ("acknowledge_url", .whole(single.flatMap { notice.acknowledging?.links[$0.key] } ?? ""))
  }

  /// Every name that a template can use, except single labels.
  package static let names: [String] = example.map(\.name)

  /// Every value that a template can use, for the kinds of the values.
  static let example: [(name: String, value: Value)] = {
    let alert = Alert(id: "", severity: .info, title: "")
    let notice = Notice(delivery: DeliveryID(""), channel: "", content: .test(alert), sentAt: Instant(seconds: 0))
    let document = NoticeDocument(notice)
    return document.members(Extent(text: nil, message: nil, alerts: 0)) + document.shorthands()
  }()

  package func write(_ value: Value, to writer: inout JSONWriter, _ extent: Extent) {
    switch value {
    case .text, .whole, .message: writer.string(text(of: value, extent))
    case .number(let number): writer.int(number)
    case .labels(let labels): write(labels, to: &writer, extent)
    case .alerts:
      writer.beginArray()
      for alert in notice.alerts.prefix(extent.alerts) { write(alert, to: &writer, extent) }
      writer.endArray()
    }
  }

  /// The value as part of a text; empty if it is neither a text nor a number.
  package func text(of value: Value, _ extent: Extent) -> String {
    switch value {
    case .text(let text): cut(text, extent)
    case .whole(let text): cut(text, extent) == text ? text : ""
    case .number(let number): String(number)
    case .message: extent.message.map { message(within: $0) } ?? words.plain
    case .labels, .alerts: ""
    }
  }

  private func message(within limit: Int) -> String {
    // Under a thousand, `fitted` has no space for the parts that every message has.
    limit < 1_000
      ? words.summary.truncated(to: limit, measuring: .json)
      : words.fitted(to: limit, measuring: .json).plain.truncated(to: limit, measuring: .json)
  }

  private func cut(_ text: String, _ extent: Extent) -> String {
    extent.text.map { text.truncated(to: $0, measuring: .json) } ?? text
  }

  private func write(_ labels: Labels, to writer: inout JSONWriter, _ extent: Extent) {
    writer.beginObject()
    for label in labels.prefix(extent.text.map { max(8, $0 / 16) } ?? .max) {
      writer.key(cut(label.name, extent))
      writer.string(cut(label.value, extent))
    }
    writer.endObject()
  }

  private func write(_ alert: Alert, to writer: inout JSONWriter, _ extent: Extent) {
    let flags = notice.flags[alert.key] ?? Notice.AlertFlags()
    let texts = [
      ("source", alert.source.name), ("id", alert.id), ("status", isResolved(alert) ? "resolved" : "firing"),
      ("severity", alert.severity.name), ("category", alert.category), ("title", alert.title), ("detail", alert.detail),
      ("source_panel", alert.panel), ("link", notice.address(of: alert) ?? ""), ("first_seen_at", alert.firstSeen),
    ]
    writer.beginObject()
    for (name, text) in texts {
      writer.key(name)
      writer.string(cut(text, extent))
    }
    if let acknowledging = notice.acknowledging {
      writer.key("acknowledge_url")
      writer.string(self.text(of: .whole(acknowledging.links[alert.key] ?? ""), extent))
    }
    writer.key("flapping")
    writer.bool(flags.isFlapping || notice.content.kind == "flapping")
    writer.key("firings")
    writer.int(flags.firings)
    writer.key("labels")
    write(alert.labels, to: &writer, extent)
    writer.key("annotations")
    // Where space is short, they are the first to go: a reader needs all alerts first.
    write(extent.text.map { $0 < 400 } == true ? [:] : alert.annotations, to: &writer, extent)
    writer.key("links")
    writer.beginObject()
    for link in links(of: alert) {
      writer.key(link.name)
      writer.string(self.text(of: .whole(link.url), extent))
    }
    writer.endObject()
    writer.endObject()
  }

  func isResolved(_ alert: Alert) -> Bool {
    if case .resolved = notice.content { return true }
    return notice.flags[alert.key]?.isResolved == true
  }

  private var link: String {
    notice.alerts.count == 1 ? notice.alerts.first.flatMap(notice.address(of:)) ?? "" : notice.home ?? ""
  }

  private func shared(_ value: (Alert) -> String) -> String {
    guard let first = notice.alerts.first.map(value) else { return "" }
    return notice.alerts.allSatisfy { value($0).isExactly(first) } ? first : ""
  }

  private func shared(_ labels: (Alert) -> Labels) -> Labels {
    Labels(sharedBy: notice.alerts.map(labels))
  }

  /// The links of an alert; without an alert, all of them are empty.
  private func links(of alert: Alert?) -> [(name: String, url: String)] {
    (alert.map(notice.links) ?? AlertLinks(of: Alert(id: "", severity: .info, title: ""))).named
  }
}

extension Notice.Content {
  /// The name of a digest or group; otherwise empty.
  var name: String {
    switch self {
    case .digest(let name, _), .group(let name, _, _, _): name
    default: ""
    }
  }

  /// The number of a group's alerts that are still firing; otherwise nil.
  fileprivate var firing: Int? { if case .group(_, _, let firing, _) = self { firing } else { nil } }

  /// The number of further alerts that came and went while the reported ones waited.
  public var ended: Int {
    switch self {
    case .followup(_, let ended), .group(_, _, _, let ended): ended
    default: 0
    }
  }
}

extension Instant {
  /// Seconds since the epoch, rounded down.
  public var wholeSeconds: Int { Int((microseconds - (microseconds < 0 ? 999_999 : 0)) / 1_000_000) }
}

extension DeliveryID {
  /// The ID in a form that is safe in a header field and a variable: letters, digits, `-`, `_` and `.`, limited in
  /// length.
  ///
  /// A delivery's own ID always has that form.
  public var token: String {
    String(decoding: Array(text.utf8.filter(\.isOfToken).prefix(64)), as: UTF8.self)
  }
}

extension UInt8 {
  fileprivate var isOfToken: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
