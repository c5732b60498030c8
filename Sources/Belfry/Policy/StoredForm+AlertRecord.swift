// SPDX-License-Identifier: Apache-2.0

extension AlertRecord {
  /// Writes the record so that `init(stored:)` reads it back.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("alert")
    AlertEncoding.encode(alert, into: &writer)
    if !isActive {
      writer.key("active")
      writer.bool(false)
    }
    writer.key("fired_at")
    writer.int(firedAt.microseconds)
    if let resolvedAt {
      writer.key("resolved_at")
      writer.int(resolvedAt.microseconds)
    }
    if !told.isEmpty { encodeTold(into: &writer) }
    if !waits.isEmpty {
      writer.key("waits")
      writer.beginArray()
      for list in waits { writer.string(list.description) }
      writer.endArray()
    }
    writer.endObject()
  }

  /// Reads what `encode` wrote; nil for anything else.
  package init?(stored bytes: [UInt8]) {
    var alert: Alert?
    var firedAt: Instant?
    var resolvedAt: Instant?
    var isActive = true
    var told: [Telling] = []
    var waits: [ListKey] = []
    let isRead = StoredForm.read(bytes) { (name, reader) throws(JSONProblem) in
      switch name {
      case "alert":
        alert = try Alert(stored: &reader)
        return alert != nil
      case "active":
        guard let value = try StoredForm.bool(&reader) else { return false }
        isActive = value
      case "fired_at":
        firedAt = try StoredForm.instant(&reader)
        return firedAt != nil
      case "resolved_at":
        resolvedAt = try StoredForm.instant(&reader)
        return resolvedAt != nil
      case "told":
        guard let list = try StoredForm.list(&reader, AlertRecord.telling) else { return false }
        told = list
      case "waits":
        guard let list = try StoredForm.list(&reader, AlertRecord.list) else { return false }
        waits = list
      default:
        try reader.skip()
      }
      return true
    }
    guard isRead, let alert, let firedAt else { return nil }
    self.init(alert: alert, firedAt: firedAt)
    self.isActive = isActive
    self.resolvedAt = resolvedAt
    self.told = told
    self.waits = waits
  }

  /// Of each the channel, the delivery and the severity.
  private func encodeTold(into writer: inout JSONWriter) {
    writer.key("told")
    writer.beginArray()
    for telling in told {
      writer.beginArray()
      writer.string(telling.channel.name)
      writer.string(telling.delivery.text)
      writer.string(telling.severity.name)
      writer.endArray()
    }
    writer.endArray()
  }

  private static func telling(_ reader: inout JSONReader) throws(JSONProblem) -> Telling? {
    guard let words = try StoredForm.list(&reader, StoredForm.string), words.count == 3 else { return nil }
    return Telling(channel: ChannelName(words[0]), delivery: DeliveryID(words[1]), severity: Severity(words[2]))
  }

  private static func list(_ reader: inout JSONReader) throws(JSONProblem) -> ListKey? {
    try StoredForm.string(&reader).flatMap { ListKey(text: $0) }
  }
}
