// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What came of asking an investigator.
package enum WakeAnswer: Sendable, Hashable {
  case said(String)
  /// There is no answer, and this is why.
  case silent(Verdict.Reason)

  static let absent = WakeAnswer.silent(.init("absent", "no investigator is configured"))
  static let stopped = WakeAnswer.silent(.init("stopped", "Belfry was stopped or reloaded before it answered"))
  static let crowded = WakeAnswer.silent(.init("crowded", "too many events wait for one already"))
}

/// What an investigator is asked about, from when the log was read until the answer stands in the ledger.
package struct WakeCall: Sendable, Hashable {
  /// The delivery that will tell the answer: as it is known before, nothing can be told twice.
  package var delivery: DeliveryID
  package var event: WakeEvent

  /// What is told.
  ///
  /// It is an alert, as every channel shows the texts of one as data: they become no markup, command or mention.
  func alert(_ answer: WakeAnswer) -> Alert {
    let detail: String =
      switch answer {
      case .said(let text): text
      case .silent(let reason): "There is no answer from an investigator: \(reason.text).\n\n\(event.text)"
      }
    let limits = AlertLimits.standard
    return Alert(
      source: .belfry,
      id: Alert.investigation + event.key,
      severity: event.severity,
      category: "\(event.kind.rawValue)_wake",
      title: "Looked into: \(event.title)".oneLine.truncated(to: limits.titleCharacters),
      detail: detail.paragraphs.truncated(to: limits.detailBytes / 4),
      firstSeen: event.at.iso8601
    )
  }
}

extension Alert {
  static let investigation = "wake:"
  /// Whether it is what an investigator said, told as an alert.
  var isInvestigation: Bool { source == .belfry && id.hasPrefix(Alert.investigation) }
}

/// Decides that an answer is told, and nothing else.
struct WakeTelling: PolicyDeciding {
  let call: WakeCall
  let answer: WakeAnswer
  let channel: ChannelName

  func entries(for events: [Event], state: PolicyState) -> Set<ListKey> { [] }

  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    let alert = call.alert(answer)
    let reason: String =
      switch answer {
      case .said: "it was looked into"
      case .silent(let reason): "nobody answered what it is: \(reason.text)"
      }
    var outcome = PolicyOutcome()
    outcome.deliveries = [
      NewDelivery(
        id: call.delivery,
        channel: channel,
        content: .alert(alert),
        reason: reason,
        route: "wake",
        severity: alert.severity
      )
    ]
    outcome.decisions = [
      Decision(
        alert: alert.key,
        severity: alert.severity,
        outcome: .notify([channel]),
        reason: reason,
        rule: .command("wake"),
        deliveries: [call.delivery]
      )
    ]
    return outcome
  }

  func entries(for firings: [Firing], state: PolicyState) -> Set<ListKey> { [] }
  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome { PolicyOutcome() }
  func standingTimers(at now: Instant) -> [TimerKey: Instant] { [:] }
}

/// One line of the audit log: what came of looking into an event.
package struct InvestigationRow: AuditEntry, Hashable {
  package var emittedAt: Instant
  package var call: WakeCall
  package var channel: ChannelName
  /// The code of why nobody answered; nil where someone did.
  package var error: String?

  package func encode(into writer: inout JSONWriter) {
    let event = call.event
    let seam = event.kind == .probe ? AuditSeam.probeInvestigated : AuditSeam.alertInvestigated
    writer.beginRow(seam, at: emittedAt)
    writer.member("subject", event.subject)
    writer.member("severity", event.severity.name)
    writer.member("category", event.category)
    writer.member("channel", channel.name)
    writer.member("delivery", call.delivery.text)
    writer.member("status", error == nil ? "ok" : "fallback")
    if let error { writer.member("error", error) }
    writer.endRow(session: event.key)
  }
}
