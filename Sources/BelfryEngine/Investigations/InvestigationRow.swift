// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
internal import BelfryLedger

/// One line of the audit log: the result of investigating an event.
package struct InvestigationRow: AuditEntry, Hashable {
  package var emittedAt: Instant
  package var event: InvestigationEvent
  /// The channel of the answer, and its delivery.
  package var channel: ChannelName
  package var delivery: DeliveryID
  /// The code of the reason why there is no answer; nil if there is one.
  package var error: String?

  package init(
    emittedAt: Instant,
    event: InvestigationEvent,
    channel: ChannelName,
    delivery: DeliveryID,
    error: String? = nil
  ) {
    self.emittedAt = emittedAt
    self.event = event
    self.channel = channel
    self.delivery = delivery
    self.error = error
  }

  package func encode(into writer: inout JSONWriter) {
    let seam = event.kind == .probe ? AuditSeam.probeInvestigated : AuditSeam.alertInvestigated
    writer.beginRow(seam, at: emittedAt)
    writer.member("subject", event.subject)
    if !event.source.isEmpty { writer.member("alert_source", event.source) }
    writer.member("severity", event.severity.name)
    writer.member("category", event.category)
    writer.member("channel", channel.name)
    writer.member("delivery", delivery.text)
    writer.member("status", error == nil ? "ok" : "fallback")
    if let error { writer.member("error", error) }
    writer.endRow(session: event.key)
  }
}

/// The result of the last investigation, as stored for `belfry status`.
package struct WakeOutcome: Sendable, Hashable {
  package var at: Instant
  /// The session, such as `probe:web:service_unhealthy`.
  package var session: String
  package var subject: String
  package var severity: Severity
  /// The number of events.
  package var count: Int
  package var channel: ChannelName
  /// The code of the reason why there is no answer; nil if there is one.
  package var error: String?

  package init(_ call: InvestigationCall, _ answer: InvestigationAnswer, channel: ChannelName, at now: Instant) {
    at = now
    session = call.event.key
    subject = call.event.subject
    severity = call.event.severity
    count = call.events.count
    self.channel = channel
    error = answer.error
  }

  /// The stored form.
  package var text: String {
    var writer = JSONWriter()
    writer.object { encode(into: &$0) }
    return writer.text
  }

  package func encode(into writer: inout JSONWriter) {
    writer.member("at", at.iso8601)
    writer.member("session", session)
    writer.member("subject", subject)
    writer.member("severity", severity.name)
    writer.member("events", count)
    writer.member("channel", channel.name)
    writer.member("status", error == nil ? "ok" : "fallback")
    writer.member("error", error)
  }

  /// Reads the stored form.
  ///
  /// - Returns: nil for any other text.
  package init?(text: String) {
    let (node, problems) = JSONTree.parse(SourceText(name: "outcome", bytes: Array(text.utf8)))
    guard problems.isEmpty, let node, let at = node["at"]?.string.flatMap({ Instant(iso8601: $0) }),
      let session = node["session"]?.string, let subject = node["subject"]?.string,
      let severity = node["severity"]?.string, let channel = node["channel"]?.string,
      case .number(let events) = node["events"]?.value, let count = Int(events)
    else { return nil }
    self.at = at
    self.session = session
    self.subject = subject
    self.severity = Severity(severity)
    self.count = count
    self.channel = ChannelName(channel)
    error = node["error"]?.string
  }
}
