// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryPolicy

/// Checks, from the ledger's data alone, that every alert is accounted for.
///
/// Only evidence counts: an alert recorded as notified needs a delivery, and one recorded as waiting needs a list and
/// the timer that ends the wait.
package struct AccountingAudit: Sendable {
  /// An inconsistent alert or list: caused by a bug in Belfry, or by a manual change of the ledger.
  package struct Offender: Sendable, Hashable {
    package var alert: AlertKey
    /// The faults, each as a clause.
    package var faults: [String]

    package init(alert: AlertKey, faults: [String]) {
      self.alert = alert
      self.faults = faults
    }
  }

  /// The number of alerts by status, including ended ones.
  package private(set) var counts: [AlertStatus: Int] = [:]
  package private(set) var offenders: [Offender] = []
  /// Channels with a delivery that waits longer than any retry could, with the time until which it waits.
  package private(set) var stuck: [ChannelName: Instant] = [:]

  package init() {}

  /// Whether every alert is accounted for.
  package var isGood: Bool { offenders.isEmpty && stuck.isEmpty }

  /// The number of active alerts.
  package var active: Int { counts.reduce(0) { $0 + ($1.key == .ended ? 0 : $1.value) } }

  package mutating func take(_ facts: AccountingFacts) {
    for alert in facts.alerts {
      if let record = alert.record { counts[AlertStatus(record, deliveries: facts.deliveries), default: 0] += 1 }
      let faults = AccountingAudit.faults(of: alert, facts)
      if !faults.isEmpty { offenders.append(Offender(alert: alert.key, faults: faults)) }
    }
  }

  /// Checks the deliveries of all channels, including those about ended alerts.
  package mutating func take(_ channels: [ChannelName: ChannelHealth], at now: Instant) {
    stuck = channels.compactMapValues { health in
      health.lastDue.flatMap { $0 > now + AccountingAudit.longestTrying ? $0 : nil }
    }
  }

  /// How long something may be overdue before it counts as forgotten.
  package static let patience = Duration.seconds(300)
  /// The longest time a delivery is tried: about a day; see `Backoff`.
  private static let longestTrying = Duration.seconds(25 * 3600)

  private static func faults(of alert: AccountingFacts.Facts, _ facts: AccountingFacts) -> [String] {
    guard let record = alert.record else {
      return alert.lists.map { "it is in \($0), but has no record" }
    }
    var faults = memberships(alert, record)
    if alert.isCounted != record.isActive {
      faults.append(
        record.isActive ? "it is active, but recorded as resolved" : "it is resolved, but recorded as active"
      )
    }
    for list in Set(record.holds + alert.lists).sorted(by: { $0.description < $1.description }) {
      if let fault = end(of: list, facts) { faults.append(fault) }
    }
    for notified in record.notified where record.isActive && notified.state != .over {
      faults += notified.deliveries.compactMap {
        fault(of: $0, notifying: record.alert.key, on: notified.channel, facts)
      }
    }
    if record.isActive, let rule = record.dropped, let fault = fault(of: rule, facts) { faults.append(fault) }
    if AlertStatus(record, deliveries: facts.deliveries) == .lost {
      faults.append("it is active, but it was not sent, is not waiting or muted, and was not dropped by a rule")
    }
    return faults
  }

  /// Faults where the record and the lists disagree.
  private static func memberships(_ alert: AccountingFacts.Facts, _ record: AlertRecord) -> [String] {
    record.holds.filter { !alert.lists.contains($0) }.map { "it waits in \($0), which does not contain it" }
      + alert.lists.filter { !record.waits.contains($0) }.map { "\($0) contains it, but it does not wait there" }
  }

  /// The fault of a list's timer: it must exist, and must not be overdue.
  private static func end(of list: HoldID, _ facts: AccountingFacts) -> String? {
    guard let due = facts.timers[list] else {
      if let state = facts.entries[list]?.as(InhibitionState.self), state.count > 0 { return nil }
      return "it waits in \(list), which has no end"
    }
    if due + patience < facts.at {
      return "it waits in \(list), which should have ended at \(due.iso8601): is `belfry run` running?"
    }
    guard let id = list.silence, due > facts.at else { return nil }
    guard let silence = facts.silences[id] else { return "it is silenced by \(id), which does not exist" }
    return silence.end(at: facts.at) == nil ? "it is silenced by \(id), which is not in force" : nil
  }

  private static func fault(
    of id: DeliveryID,
    notifying alert: AlertKey,
    on channel: ChannelName,
    _ facts: AccountingFacts
  ) -> String? {
    let name = "it was sent to \(channel) with the delivery \(id)"
    guard let delivery = facts.deliveries[id] else { return "\(name), which does not exist" }
    guard delivery.delivery.channel == channel else { return "\(name), which belongs to \(delivery.delivery.channel)" }
    guard delivery.delivery.content.alerts.contains(where: { $0.key == alert }) else {
      return "\(name), which does not contain it"
    }
    if delivery.successor != nil, facts.deliveries.end(of: id) == nil {
      return "\(name), whose successor does not exist"
    }
    guard delivery.status == .pending,
      delivery.visibleAt > max(delivery.triedSince + longestTrying, facts.at + patience)
    else { return nil }
    return "\(name), which waits until \(delivery.visibleAt.iso8601), longer than any retry"
  }

  /// The fault of a rule that claims to have dropped an alert; a silence must be one that exists.
  private static func fault(of rule: Rule, _ facts: AccountingFacts) -> String? {
    switch rule {
    case .silence(let id):
      facts.silences[id] == nil ? "it was dropped by the silence \(id), which does not exist" : nil
    case .file, .command: rule.path.isEmpty ? "no rule dropped it" : nil
    }
  }
}
