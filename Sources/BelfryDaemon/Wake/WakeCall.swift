// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger

/// What an investigator is asked about, from when the log was read until the answer stands in the ledger.
package struct WakeCall: Sendable, Hashable {
  /// The delivery that will tell the answer: as it is known before, nothing can be told twice.
  package var delivery: DeliveryID
  /// The event; or many, the worst first, where more came than there is room for, and nobody is asked about them.
  package var events: [WakeEvent]

  package init(delivery: DeliveryID, events: [WakeEvent]) {
    self.delivery = delivery
    self.events = events
  }

  /// How many of many events are told.
  package static let told = 20

  /// What is kept while it is not answered.
  var text: String {
    var writer = JSONWriter()
    writer.array(events) { $1.encode(into: &$0) }
    return writer.text
  }

  /// Reads what was kept under the name of a mark.
  ///
  /// - Returns: nil for anything else.
  package init?(mark name: String, _ text: String) {
    let (node, problems) = JSONTree.parse(SourceText(name: "events", bytes: Array(text.utf8)))
    // What an earlier version kept is one event and no list.
    let events = (node?.elements ?? node.map { [$0] } ?? []).compactMap { WakeEvent($0) }
    guard problems.isEmpty, !events.isEmpty, name.hasPrefix(WakeMark.open) else { return nil }
    self.init(delivery: DeliveryID(String(name.dropFirst(WakeMark.open.count))), events: events)
  }

  /// The name under which it is kept.
  var mark: String { WakeMark.open + delivery.text }

  /// The one to tell of first.
  var event: WakeEvent { events[0] }

  /// What is told.
  ///
  /// It is an alert, as every channel shows the texts of one as data: they become no markup, command or mention.
  package func alert(_ answer: WakeAnswer) -> Alert {
    let limits = AlertLimits.standard
    return Alert(
      source: .belfry,
      id: Alert.investigation + (events.count == 1 ? event.key : "many"),
      severity: event.severity,
      category: "\(event.kind.rawValue)_wake",
      title: title.oneLine.truncated(to: limits.titleCharacters),
      detail: detail(answer).paragraphs.truncated(to: limits.detailBytes / 4),
      firstSeen: event.at.iso8601
    )
  }

  private var title: String {
    events.count == 1 ? "Looked into: \(event.title)" : "\(events.count) events were not looked into"
  }

  private func detail(_ answer: WakeAnswer) -> String {
    switch answer {
    case .said(let text): return text
    case .silent(let reason):
      let none = "There is no answer from an investigator: \(reason.text)."
      guard events.count > 1 else { return "\(none)\n\n\(event.text)" }
      let rest = events.count - WakeCall.told
      let more = rest > 0 ? ["… and \(rest) more: each is a row of the audit log"] : []
      return ([none, ""] + events.prefix(WakeCall.told).map(\.line) + more).joined(separator: "\n")
    }
  }
}

extension WakeEvent {
  /// The event in one line.
  fileprivate var line: String {
    "\(severity.name) \(title.oneLine.truncated(to: 200)) (\(subject.oneLine.truncated(to: 100)), \(at.iso8601))"
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
