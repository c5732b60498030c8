// SPDX-License-Identifier: Apache-2.0

extension AlertRecord {
  /// Writes the record so that `init(stored:)` reads it back; what most alerts have not is left out.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("alert")
    AlertEncoding.encode(alert, into: &writer)
    if !isActive {
      writer.key("active")
      writer.bool(false)
    }
    writer.instant("fired_at", firedAt)
    writer.instant("resolved_at", resolvedAt)
    if !told.isEmpty { encodeTold(into: &writer) }
    if !waits.isEmpty { writer.strings("waits", waits.map(\.description)) }
    writer.instant("timer", timer)
    writer.instant("expires_at", expiry?.at)
    if expiry?.isTimeout == true {
      writer.key("expires_by_timeout")
      writer.bool(true)
    }
    if let acknowledgement { encode(acknowledgement, into: &writer) }
    if !changes.isEmpty {
      writer.key("changes")
      writer.beginArray()
      for change in changes { writer.int(change.microseconds) }
      writer.endArray()
    }
    if isFlapping {
      writer.key("flapping")
      writer.bool(true)
    }
    if firings != 0 {
      writer.key("firings")
      writer.int(firings)
    }
    if !inhibits.isEmpty { writer.strings("inhibits", inhibits.map(\.text)) }
    if !groups.isEmpty { writer.strings("groups", groups.map(\.text)) }
    if let dropped {
      writer.strings("dropped", [dropped.path, String(dropped.line)])
    }
    writer.endObject()
  }

  private func encode(_ acknowledgement: Acknowledgement, into writer: inout JSONWriter) {
    writer.strings(
      "acknowledged",
      [acknowledgement.by, String(acknowledgement.at.microseconds), acknowledgement.comment]
    )
  }

  private func encodeTold(into writer: inout JSONWriter) {
    writer.key("told")
    writer.beginArray()
    for one in told { one.encode(into: &writer) }
    writer.endArray()
  }
}

extension Told {
  /// A list of texts: the channel, the state, the severity, the deliveries, the moments, the route, then the routes it covers.
  fileprivate func encode(into writer: inout JSONWriter) {
    writer.beginArray()
    writer.string(channel.name)
    writer.string(state.rawValue)
    writer.string(severity.name)
    writer.string(first.text)
    writer.string(last == first ? "" : last.text)
    writer.string(String(since.microseconds))
    writer.string(at == since ? "" : String(at.microseconds))
    writer.string(route)
    for route in covers { writer.string(route) }
    writer.endArray()
  }

  fileprivate init?(_ words: [String]) {
    guard words.count >= 8, let state = State(rawValue: words[1]), let since = Instant(stored: words[5]) else {
      return nil
    }
    self.init(
      channel: ChannelName(words[0]),
      route: words[7],
      covers: Array(words[8...]),
      state: state,
      severity: Severity(words[2]),
      delivery: DeliveryID(words[3]),
      at: since
    )
    if !words[4].isEmpty { last = DeliveryID(words[4]) }
    if !words[6].isEmpty {
      guard let at = Instant(stored: words[6]) else { return nil }
      self.at = at
    }
  }
}

// MARK: - Reading

extension AlertRecord {
  /// Reads what `encode` wrote; nil for anything else.
  package init?(stored bytes: [UInt8]) {
    var record = AlertRecord(alert: Alert(id: "", severity: .info, title: ""), firedAt: Instant(seconds: 0))
    record.firings = 0
    var missing = 2
    let isRead = StoredForm.read(bytes) { (name, reader) throws(JSONProblem) in
      switch name {
      case "alert":
        guard let alert = try Alert(stored: &reader) else { return false }
        record.alert = alert
        missing -= 1
        return true
      case "fired_at":
        guard let moment = try StoredForm.instant(&reader) else { return false }
        record.firedAt = moment
        missing -= 1
        return true
      default: return try record.take(name, &reader)
      }
    }
    guard isRead, missing == 0 else { return nil }
    self = record
  }

  private mutating func take(_ name: JSONName, _ reader: inout JSONReader) throws(JSONProblem) -> Bool {
    switch name {
    case "active": return try StoredForm.bool(&reader).map { isActive = $0 } != nil
    case "flapping": return try StoredForm.bool(&reader).map { isFlapping = $0 } != nil
    case "firings": return try StoredForm.int(&reader).map { firings = $0 } != nil
    case "resolved_at": return try StoredForm.instant(&reader).map { resolvedAt = $0 } != nil
    case "timer": return try StoredForm.instant(&reader).map { timer = $0 } != nil
    case "expires_at": return try StoredForm.instant(&reader).map { expiry = Expiry(at: $0) } != nil
    case "expires_by_timeout": return try StoredForm.bool(&reader).map { expiry?.isTimeout = $0 } != nil
    case "told": return try StoredForm.list(&reader, AlertRecord.told).map { told = $0 } != nil
    case "waits": return try StoredForm.list(&reader, AlertRecord.list).map { waits = $0 } != nil
    case "changes": return try StoredForm.list(&reader, StoredForm.instant).map { changes = $0 } != nil
    case "inhibits": return try StoredForm.list(&reader, AlertRecord.key).map { inhibits = $0 } != nil
    case "groups": return try StoredForm.list(&reader, AlertRecord.key).map { groups = $0 } != nil
    case "acknowledged":
      guard let words = try StoredForm.list(&reader, StoredForm.string), words.count == 3,
        let at = Instant(stored: words[1])
      else { return false }
      acknowledgement = Acknowledgement(by: words[0], at: at, comment: words[2])
    case "dropped":
      guard let words = try StoredForm.list(&reader, StoredForm.string), words.count == 2, let line = Int(words[1])
      else { return false }
      dropped = Rule(path: words[0], line: line)
    default: try reader.skip()
    }
    return true
  }

  private static func told(_ reader: inout JSONReader) throws(JSONProblem) -> Told? {
    try StoredForm.list(&reader, StoredForm.string).flatMap { Told($0) }
  }

  private static func list(_ reader: inout JSONReader) throws(JSONProblem) -> ListKey? {
    try StoredForm.string(&reader).flatMap { ListKey(text: $0) }
  }

  private static func key(_ reader: inout JSONReader) throws(JSONProblem) -> HoldKey? {
    try StoredForm.string(&reader).map { HoldKey($0) }
  }
}
