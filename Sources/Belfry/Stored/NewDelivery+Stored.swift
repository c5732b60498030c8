// SPDX-License-Identifier: Apache-2.0

extension NewDelivery {
  /// Writes all but the identity and the channel, which the ledger keeps beside it, so that `init(id:channel:stored:)` reads
  /// it back.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("kind")
    writer.string(content.kind)
    encodeContent(into: &writer)
    writer.key("severity")
    writer.string(severity.name)
    writer.key("reason")
    writer.string(reason)
    writer.key("route")
    writer.string(route)
    if suppressed > 0 {
      writer.key("suppressed")
      writer.int(suppressed)
    }
    if !follows.isEmpty { writer.strings("follows", follows.map(\.text)) }
    if !forwardings.isEmpty { encodeForwardings(into: &writer) }
    writer.key("alerts")
    writer.beginArray()
    for alert in content.alerts { AlertEncoding.encode(alert, into: &writer) }
    writer.endArray()
    if !marks.isEmpty { encodeMarks(into: &writer) }
    writer.endObject()
  }

  private func encodeForwardings(into writer: inout JSONWriter) {
    writer.key("forwardings")
    writer.beginArray()
    for forwarding in forwardings {
      writer.beginObject()
      writer.key("from")
      writer.string(forwarding.from.name)
      writer.key("because")
      forwarding.reason.encode(into: &writer)
      writer.key("since")
      writer.int(Int(forwarding.since.microseconds))
      writer.endObject()
    }
    writer.endArray()
  }

  private func encodeContent(into writer: inout JSONWriter) {
    switch content {
    case .digest(let name, _):
      writer.key("name")
      writer.string(name)
    case .followup(_, let ended):
      writer.key("ended")
      writer.int(ended)
    case .group(let name, _, let firing, let ended):
      writer.key("name")
      writer.string(name)
      writer.key("firing")
      writer.int(firing)
      writer.key("ended")
      writer.int(ended)
    case .alert, .burst, .reminder, .flapping, .resolved, .test: break
    }
  }

  /// Of each alert that has one, by its place among the alerts: whether it ended, whether it flaps, how often it fired.
  private func encodeMarks(into writer: inout JSONWriter) {
    writer.key("marks")
    writer.beginArray()
    for (index, alert) in content.alerts.enumerated() {
      guard let mark = marks[alert.key] else { continue }
      writer.beginArray()
      writer.int(index)
      writer.int(mark.isResolved ? 1 : 0)
      writer.int(mark.isFlapping ? 1 : 0)
      writer.int(mark.firings)
      writer.endArray()
    }
    writer.endArray()
  }
}

// MARK: - Reading

extension NewDelivery {
  /// Reads what `encode` wrote; nil for anything else.
  package init?(id: DeliveryID, channel: ChannelName, stored bytes: [UInt8]) {
    var parts = Parts()
    let isRead = StoredForm.read(bytes) { (name, reader) throws(JSONProblem) in try parts.take(name, &reader) }
    guard isRead, let severity = parts.texts["severity"], let content = parts.content else { return nil }
    self.init(
      id: id,
      channel: channel,
      content: content,
      reason: parts.texts["reason"] ?? "",
      route: parts.texts["route"] ?? "",
      severity: Severity(severity),
      suppressed: parts.olderEnded == nil ? parts.numbers["suppressed"] ?? 0 : 0,
      follows: parts.follows
    )
    forwardings = parts.forwardings
    for mark in parts.marks where mark.count == 4 && content.alerts.indices.contains(mark[0]) {
      marks[content.alerts[mark[0]].key] = Notice.Mark(
        isResolved: mark[1] != 0,
        isFlapping: mark[2] != 0,
        firings: mark[3]
      )
    }
  }

  /// What was read so far.
  private struct Parts {
    var texts: [String: String] = [:]
    var numbers: [String: Int] = [:]
    var alerts: [Alert] = []
    var follows: [DeliveryID] = []
    var marks: [[Int]] = []
    var forwardings: [Notice.Forwarding] = []

    mutating func take(_ name: JSONName, _ reader: inout JSONReader) throws(JSONProblem) -> Bool {
      switch name {
      case "alerts":
        guard let list = try StoredForm.list(&reader, Parts.alert) else { return false }
        alerts = list
      case "follows":
        guard let list = try StoredForm.list(&reader, StoredForm.string) else { return false }
        follows = list.map { DeliveryID($0) }
      case "marks":
        guard let list = try StoredForm.list(&reader, Parts.numbers) else { return false }
        marks = list
      case "forwardings":
        guard let list = try StoredForm.list(&reader, Notice.Forwarding.init(stored:)) else { return false }
        forwardings = list
      case "ended", "firing", "suppressed":
        guard let count = try StoredForm.int(&reader) else { return false }
        numbers[name.text] = count
      case "kind", "name", "severity", "reason", "route":
        guard let text = try StoredForm.string(&reader) else { return false }
        texts[name.text] = text
      default:
        try reader.skip()
      }
      return true
    }

    /// How many of a group came and went, where an older Belfry wrote that under the name of what is held back; else nil.
    var olderEnded: Int? { texts["kind"] == "group" && numbers["ended"] == nil ? numbers["suppressed"] : nil }

    var content: Notice.Content? {
      let name = texts["name"] ?? ""
      switch (texts["kind"], alerts.count) {
      case ("alert", 1): return .alert(alerts[0])
      case ("resolved", 1): return .resolved(alerts[0])
      case ("flapping", 1): return .flapping(alerts[0])
      case ("test", 1): return .test(alerts[0])
      case ("burst", _): return .burst(alerts)
      case ("digest", _): return .digest(name: name, alerts)
      case ("followup", _): return .followup(alerts, ended: numbers["ended"] ?? 0)
      case ("group", _):
        return .group(name: name, alerts, firing: numbers["firing"] ?? 0, ended: numbers["ended"] ?? olderEnded ?? 0)
      case ("reminder", 1...): return .reminder(alerts)
      default: return nil
      }
    }

    private static func alert(_ reader: inout JSONReader) throws(JSONProblem) -> Alert? { try Alert(stored: &reader) }
    private static func numbers(_ reader: inout JSONReader) throws(JSONProblem) -> [Int]? {
      try StoredForm.list(&reader, StoredForm.int)
    }
  }
}

extension Notice.Forwarding {
  fileprivate init?(stored reader: inout JSONReader) throws(JSONProblem) {
    var channel: String?
    var reason: Verdict.Reason?
    var since: Int?
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in
      switch name {
      case "from": channel = try StoredForm.string(&reader)
      case "because": reason = try Verdict.Reason(stored: &reader)
      case "since": since = try StoredForm.int(&reader)
      default: try reader.skip()
      }
      return true
    }
    guard isRead, let channel, let reason, let since else { return nil }
    self.init(from: ChannelName(channel), because: reason, since: Instant(microseconds: Int64(since)))
  }
}
