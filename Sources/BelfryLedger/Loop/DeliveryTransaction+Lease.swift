// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

extension DeliveryTransaction {
  /// The leased delivery with what its message says about earlier ones.
  package func completed(_ leased: LeasedDelivery) throws -> LeasedDelivery {
    var leased = leased
    switch leased.delivery.content {
    case .group, .burst: leased.alreadySent = try alreadySent(before: leased.delivery)
    case .resolved where leased.earlier.isEmpty: leased.start = try startElsewhere(of: leased.delivery)
    default: break
    }
    return leased
  }

  /// The alerts in earlier messages of the same group or burst: such a message replaces them.
  private func alreadySent(before delivery: NewDelivery) throws -> [Alert] {
    guard var id = delivery.follows.last else { return [] }
    // For each alert the latest message about it, which is the most current; nil for an alert reported as resolved.
    var alerts: [AlertKey: Alert?] = [:]
    for alert in delivery.content.alerts { alerts.updateValue(nil, forKey: alert.key) }
    var seen: Set<DeliveryID> = []
    while seen.count < longestThread, seen.insert(id).inserted, let record = try self.delivery(id) {
      for alert in record.delivery.content.alerts where alerts[alert.key] == nil {
        let isOver = record.delivery.flags[alert.key]?.isResolved == true
        alerts.updateValue(isOver ? nil : alert, forKey: alert.key)
      }
      guard let earlier = record.delivery.follows.last else { break }
      id = earlier
    }
    return alerts.values.compactMap(\.self).sorted { ($0.severity, $0.key) < ($1.severity, $1.key) }
  }

  /// Where the start of an alert that has ended was delivered, if not on this channel: its recipients here would not know
  /// the alert.
  private func startElsewhere(of delivery: NewDelivery) throws -> StartElsewhere? {
    guard let first = delivery.follows.last else { return nil }
    var sent = try self.delivery(first)
    while let successor = sent?.successor { sent = try self.delivery(successor) }
    guard let sent, sent.status == .delivered, sent.delivery.channel != delivery.channel else { return nil }
    return StartElsewhere(delivery: sent.delivery.id, channel: sent.delivery.channel)
  }
}

/// The most earlier messages of a group that are combined into the edited one.
private let longestThread = 32
