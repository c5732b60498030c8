// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

// What a message says besides its alerts: how long it waited, and what was told before it.
extension Dispatcher {
  /// From when on a reader wonders why a message comes only now.
  private static let noticeableDelay = Duration.seconds(60)
  /// How many earlier messages of a group are gathered into the one that is edited.
  private static let longestThread = 32

  /// How long a delivery waited, and why; nil when it came soon.
  nonisolated func delay(of leased: LeasedDelivery, at now: Instant) async -> Notice.Delay? {
    let since = leased.delivery.forwardings.first?.since ?? leased.createdAt
    guard now - since > Dispatcher.noticeableDelay else { return nil }
    return Notice.Delay(now - since, because: await cause(ofDelay: leased))
  }

  private func cause(ofDelay leased: LeasedDelivery) -> String {
    if leased.triedSince > leased.createdAt { return "it was given up, and brought back by hand" }
    if let reason = leased.lastReason { return "\(failed(leased.attempt - 1)), the last time: \(reason.clause)" }
    if let failure = leased.delivery.forwardings.last { return "\(failure.from) was tried first" }
    if leased.createdAt < start { return "the notifier was not running" }
    if let trouble = lanes[leased.delivery.channel]?.lastTrouble { return "the channel failed: \(trouble.clause)" }
    let rate = channels[leased.delivery.channel]?.rate
    return rate.map { "the channel takes \($0.words), and others went first" } ?? "others went first"
  }

  private func failed(_ attempts: Int) -> String {
    attempts == 1 ? "an attempt failed" : "\(max(1, attempts)) attempts failed"
  }

  /// The alerts that earlier messages of the same group or burst told, as they stand after this one.
  nonisolated func told(before leased: LeasedDelivery) async -> [Alert] {
    guard leased.delivery.content.isCollective, var id = leased.delivery.follows.last else { return [] }
    // Of each the latest message that tells it, which knows best; nil for one that it tells as ended.
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
      // Without them the message is still true, only shorter.
      reporter.ledgerFailed(error)
    }
    return alerts.values.compactMap(\.self).sorted { ($0.severity, $0.key) < ($1.severity, $1.key) }
  }
}

extension Notice.Content {
  /// Whether messages like it grow: what a later one tells belongs with what an earlier one told.
  fileprivate var isCollective: Bool {
    switch self {
    case .group, .burst: true
    default: false
    }
  }
}
