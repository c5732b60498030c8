// SPDX-License-Identifier: Apache-2.0

extension NewDelivery {
  /// Writes all but the identity and the channel, which the ledger keeps beside it, so that `init(id:channel:stored:)` reads
  /// it back.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("kind")
    writer.string(content.kind)
    if case .digest(let name, _) = content {
      writer.key("name")
      writer.string(name)
    }
    if case .followup(_, let ended) = content {
      writer.key("ended")
      writer.int(ended)
    }
    writer.key("severity")
    writer.string(severity.name)
    writer.key("reason")
    writer.string(reason)
    writer.key("route")
    writer.string(route)
    if !follows.isEmpty {
      writer.key("follows")
      writer.beginArray()
      for id in follows { writer.string(id.text) }
      writer.endArray()
    }
    writer.key("alerts")
    writer.beginArray()
    switch content {
    case .alert(let alert), .resolved(let alert), .test(let alert): AlertEncoding.encode(alert, into: &writer)
    case .burst(let alerts), .digest(_, let alerts), .followup(let alerts, _):
      for alert in alerts { AlertEncoding.encode(alert, into: &writer) }
    }
    writer.endArray()
    writer.endObject()
  }

  /// Reads what `encode` wrote; nil for anything else.
  package init?(id: DeliveryID, channel: ChannelName, stored bytes: [UInt8]) {
    var texts: [String: String] = [:]
    var ended = 0
    var alerts: [Alert] = []
    var follows: [DeliveryID] = []
    let isRead = StoredForm.read(bytes) { (name, reader) throws(JSONProblem) in
      switch name {
      case "alerts":
        guard let list = try StoredForm.list(&reader, NewDelivery.alert) else { return false }
        alerts = list
      case "follows":
        guard let list = try StoredForm.list(&reader, StoredForm.string) else { return false }
        follows = list.map { DeliveryID($0) }
      case "ended":
        guard let count = try StoredForm.int(&reader) else { return false }
        ended = count
      case "kind", "name", "severity", "reason", "route":
        guard let text = try StoredForm.string(&reader) else { return false }
        texts[name.text] = text
      default:
        try reader.skip()
      }
      return true
    }
    guard isRead, let kind = texts["kind"], let severity = texts["severity"],
      let content = Notice.Content(kind: kind, alerts: alerts, name: texts["name"] ?? "", ended: ended)
    else { return nil }
    self.init(
      id: id,
      channel: channel,
      content: content,
      reason: texts["reason"] ?? "",
      route: texts["route"] ?? "",
      severity: Severity(severity),
      follows: follows
    )
  }

  private static func alert(_ reader: inout JSONReader) throws(JSONProblem) -> Alert? { try Alert(stored: &reader) }
}

extension Notice.Content {
  fileprivate init?(kind: String, alerts: [Alert], name: String, ended: Int) {
    switch (kind, alerts.count) {
    case ("alert", 1): self = .alert(alerts[0])
    case ("resolved", 1): self = .resolved(alerts[0])
    case ("test", 1): self = .test(alerts[0])
    case ("burst", _): self = .burst(alerts)
    case ("digest", _): self = .digest(name: name, alerts)
    case ("followup", _): self = .followup(alerts, ended: ended)
    default: return nil
    }
  }
}
