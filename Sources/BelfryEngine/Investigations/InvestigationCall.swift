// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// A pending investigation, from reading the log until the answer is in the ledger.
package struct InvestigationCall: Sendable, Hashable {
  /// The delivery that will send the answer; its ID is fixed in advance, so that nothing can be sent twice.
  package var delivery: DeliveryID
  /// The event; or many, most severe first, if there were too many, which are then reported without an investigation.
  package var events: [InvestigationEvent]

  package init(delivery: DeliveryID, events: [InvestigationEvent]) {
    self.delivery = delivery
    self.events = events
  }

  /// The most events listed if there are many.
  package static let listed = 20

  /// The stored form while it is unanswered.
  var text: String {
    var writer = JSONWriter()
    writer.array(events) { $1.encode(into: &$0) }
    return writer.text
  }

  /// Reads the stored form under the name of a cursor.
  ///
  /// - Returns: nil for any other text.
  package init?(mark name: String, _ text: String) {
    let (node, problems) = JSONTree.parse(SourceText(name: "events", bytes: Array(text.utf8)))
    // An earlier version stored a single event instead of a list.
    let events = (node?.elements ?? node.map { [$0] } ?? []).compactMap { InvestigationEvent($0) }
    guard problems.isEmpty, !events.isEmpty, name.hasPrefix(InvestigationBookmark.open) else { return nil }
    self.init(delivery: DeliveryID(String(name.dropFirst(InvestigationBookmark.open.count))), events: events)
  }

  /// The cursor name under which it is stored.
  var mark: String { InvestigationBookmark.open + delivery.text }

  /// The event to report first.
  var event: InvestigationEvent { events[0] }

  /// The alert that reports the answer.
  ///
  /// It is an alert because every channel treats an alert's texts as data, so that they cannot act as markup, commands
  /// or mentions.
  package func alert(_ answer: InvestigationAnswer) -> Alert {
    let limits = AlertLimits.standard
    return Alert(
      source: .belfry,
      id: Alert.investigationPrefix + (events.count == 1 ? event.key : "many"),
      severity: event.severity,
      category: "\(event.kind.rawValue)_wake",
      title: title.oneLine.truncated(to: limits.titleCharacters),
      detail: detail(answer).paragraphs.truncated(to: limits.detailBytes / 4),
      firstSeen: event.at.iso8601
    )
  }

  private var title: String {
    events.count == 1 ? "Investigation: \(event.title)" : "\(events.count) events were not investigated"
  }

  private func detail(_ answer: InvestigationAnswer) -> String {
    switch answer {
    case .said(let text): return text
    case .silent(let reason):
      let none = "No answer from an investigator: \(reason.text)."
      guard events.count > 1 else { return "\(none)\n\n\(event.text)" }
      let rest = events.count - InvestigationCall.listed
      let more = rest > 0 ? ["… and \(rest) more in the audit log"] : []
      return ([none, ""] + events.prefix(InvestigationCall.listed).map(\.line) + more).joined(separator: "\n")
    }
  }
}

extension InvestigationEvent {
  /// The event in one line.
  fileprivate var line: String {
    "\(severity.name) \(title.oneLine.truncated(to: 200)) (\(subject.oneLine.truncated(to: 100)), \(at.iso8601))"
  }
}

extension InvestigationCall {
  /// The delivery that carries an answer, and the decision that explains it.
  func notification(_ answer: InvestigationAnswer, on channel: ChannelName) -> (
    delivery: NewDelivery, decision: Decision
  ) {
    let alert = alert(answer)
    let cause = Decision.Cause(.investigated(failure: answer.failure))
    return (
      NewDelivery(
        id: delivery,
        channel: channel,
        content: .alert(alert),
        reason: cause.text,
        route: "wake",
        severity: alert.severity
      ),
      Decision(
        alert: alert.key,
        severity: alert.severity,
        outcome: .notify([channel]),
        cause: cause,
        rule: .command("wake"),
        deliveries: [delivery]
      )
    )
  }
}
