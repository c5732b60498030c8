// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy

// Adds context to a message besides its alerts: how long it waited, and what was sent before it.
extension Dispatcher {
  /// The delay from which readers wonder why a message is late.
  private static let noticeableDelay = Duration.seconds(60)
  /// The most earlier messages of a group that are combined into the edited one.
  private static let longestThread = 32

  /// How long a delivery waited, and why; nil if it was not delayed.
  nonisolated func delay(of leased: LeasedDelivery, at now: Instant) async -> Notice.Delay? {
    let since = leased.delivery.forwardings.first?.since ?? leased.createdAt
    guard now - since > Dispatcher.noticeableDelay else { return nil }
    return Notice.Delay(now - since, because: await cause(ofDelay: leased))
  }

  private func cause(ofDelay leased: LeasedDelivery) -> String {
    if leased.triedSince > leased.createdAt { return "it was a dead letter and was retried manually" }
    if let reason = leased.lastReason { return "\(failed(leased.attempt - 1)), most recently: \(reason.clause)" }
    if let failure = leased.delivery.forwardings.last { return "it was first sent to \(failure.from)" }
    if leased.createdAt < start { return "Belfry was not running" }
    if let trouble = queues[leased.delivery.channel]?.lastTrouble { return "the channel failed: \(trouble.clause)" }
    let rate = channels[leased.delivery.channel]?.rate
    return rate.map { "the channel is limited to \($0.words), and other messages went first" }
      ?? "other messages went first"
  }

  private func failed(_ attempts: Int) -> String {
    attempts == 1 ? "1 attempt failed" : "\(max(1, attempts)) attempts failed"
  }

  /// The alerts in earlier messages of the same group or burst, with their status after this one.
  nonisolated func told(before leased: LeasedDelivery) async -> [Alert] {
    guard leased.delivery.content.isCollective, var id = leased.delivery.follows.last else { return [] }
    // For each alert the latest message about it, which is the most current; nil for an alert reported as resolved.
    var alerts: [AlertKey: Alert?] = [:]
    for alert in leased.delivery.content.alerts { alerts.updateValue(nil, forKey: alert.key) }
    var seen: Set<DeliveryID> = []
    do {
      while seen.count < Dispatcher.longestThread, seen.insert(id).inserted, let record = try await ledger.delivery(id)
      {
        for alert in record.delivery.content.alerts where alerts[alert.key] == nil {
          let isOver = record.delivery.marks[alert.key]?.isResolved == true
          alerts.updateValue(isOver ? nil : alert, forKey: alert.key)
        }
        guard let earlier = record.delivery.follows.last else { break }
        id = earlier
      }
    } catch {
      // Without them the message is still correct, only shorter.
      reporter.ledgerFailed(error)
    }
    return alerts.values.compactMap(\.self).sorted { ($0.severity, $0.key) < ($1.severity, $1.key) }
  }
}

extension Notice.Content {
  /// Whether such messages grow: later ones belong together with earlier ones.
  fileprivate var isCollective: Bool {
    switch self {
    case .group, .burst: true
    default: false
    }
  }
}
