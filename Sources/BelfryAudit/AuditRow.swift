// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One line of the audit log: one delivery attempt, with the same keys as in the system that Belfry replaces.
///
/// It never contains a token, a message's text or a subject, and only the code of an error. For a message that reached
/// only some recipients, it names the others.
package struct AuditRow: AuditEntry, Hashable {
  package var emittedAt: Instant
  package var channel: ChannelName
  package var content: Notice.Content
  /// The error's code; nil on success.
  package var error: String?
  /// The recipients that it did not reach while it reached others, and those that still have to get it.
  package var missed: Receipt?
  /// The attempt that the row records; nil if no ledger settled it.
  package var attempt: DeliveryAttempt?

  package init(emittedAt: Instant, channel: ChannelName, content: Notice.Content, error: String? = nil) {
    self.emittedAt = emittedAt
    self.channel = channel
    self.content = content
    self.error = error
  }

  /// Writes the line, including its newline.
  package func encode(into writer: inout JSONWriter) {
    writer.beginRow(AuditSeam.dispatched, at: emittedAt)
    writer.member("channel", channel.name)
    writeSubject(into: &writer)
    writer.member("status", missed != nil ? "partial" : error == nil ? "ok" : "failed")
    if let error { writer.member("error", error) }
    if let refused = missed?.refused { writer.member("refused", refused) }
    if let waiting = missed?.waiting { writer.member("waiting", waiting) }
    writer.endRow(attempt: attempt)
  }

  private func writeSubject(into writer: inout JSONWriter) {
    switch content {
    case .alert(let alert), .test(let alert):
      write(id: alert.id, severity: alert.severity.name, category: alert.category, into: &writer)
      // Marks notifications about investigations, so that investigators do not investigate their own answers.
      if alert.isInvestigation { writer.member("type", "investigation") }
    case .resolved(let alert):
      write(id: alert.id, severity: alert.severity.name, category: alert.category, into: &writer)
      writer.member("type", "resolved")
    case .flapping(let alert):
      write(id: alert.id, severity: alert.severity.name, category: alert.category, into: &writer)
      writer.member("type", "flapping")
    case .burst(let alerts): write("burst", category: "burst_summary", alerts, into: &writer)
    case .digest(_, let alerts): write("digest", category: "digest_email", alerts, into: &writer)
    case .followup(let alerts, _): write("followup", category: "followup", alerts, into: &writer)
    case .group(_, let alerts, _, _): write("group", category: "group", alerts, into: &writer)
    case .reminder(let alerts): write("reminder", category: "reminder", alerts, into: &writer)
    }
  }

  private func write(id: String, severity: String, category: String, into writer: inout JSONWriter) {
    writer.member("alert_id", id)
    writer.member("severity", severity)
    writer.member("category", category)
  }

  /// Writes the subject of a message about many alerts: `burst:12`, with their count and their IDs in order.
  private func write(_ word: String, category: String, _ alerts: [Alert], into writer: inout JSONWriter) {
    write(id: "\(word):\(alerts.count)", severity: word, category: category, into: &writer)
    writer.key("\(word)_count")
    writer.int(alerts.count)
    writer.key("\(word)_alert_ids")
    writer.beginArray()
    for id in alerts.map(\.id).sorted() { writer.string(id) }
    writer.endArray()
  }
}

/// A row of the audit log that reports rows which were never written.
package struct AuditGap: Sendable, Hashable {
  /// When their number became known.
  package var emittedAt: Instant
  package var count: Int

  package init(emittedAt: Instant, count: Int) {
    self.emittedAt = emittedAt
    self.count = count
  }

  package func encode(into writer: inout JSONWriter) {
    writer.beginRow(AuditSeam.rowsLost, at: emittedAt)
    writer.key("count")
    writer.int(count)
    writer.endRow()
  }
}

extension JSONWriter {
  /// Starts a row, up to the members of its `details`.
  package mutating func beginRow(_ seam: String, at moment: Instant) {
    beginObject()
    member("emitted_at", moment.iso8601)
    member("seam", seam)
    key("details")
    beginObject()
  }

  /// Ends the details, the row and its line; `session` names on whose behalf it was done.
  ///
  /// The `attempt` comes last, so a reader finds it without parsing the rest.
  package mutating func endRow(session: String? = nil, attempt: DeliveryAttempt? = nil) {
    endObject()
    key("caller_session_id")
    if let session { string(session) } else { null() }
    key("source")
    null()
    if let attempt {
      member(DeliveryAttempt.keys.delivery, attempt.delivery.text)
      key(DeliveryAttempt.keys.number)
      int(attempt.number)
    }
    endObject()
    endLine()
  }

  fileprivate mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }
}
