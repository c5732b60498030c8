// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

extension DeliveryTransaction {
  /// Leases by `lease`, and instead of sending a message about alerts that have all ended since, withdraws it.
  ///
  /// When an alert ends, the first and the last message about it are withdrawn; what was between them is found here.
  package func leaseCurrent(
    _ terms: LeaseTerms,
    by lease: (LeaseTerms) throws -> [LeasedDelivery]
  ) throws -> [LeasedDelivery] {
    var terms = terms
    var current: [LeasedDelivery] = []
    while true {
      var isComplete = true
      for leased in try lease(terms) {
        if try isStale(leased) {
          // What is given back and is stale is withdrawn.
          _ = try settle([Settlement(id: leased.delivery.id, token: leased.token, result: .released)])
          isComplete = false
        } else {
          current.append(try completed(try self.current(leased)))
          terms.count -= 1
          terms.room?[leased.delivery.channel]? -= 1
        }
      }
      if isComplete || terms.count <= 0 { return current }
    }
  }

  private func isStale(_ leased: LeasedDelivery) throws -> Bool {
    // Nearly always the first one is active, so nothing more is read.
    guard leased.delivery.saysFiring, let first = leased.delivery.content.alerts.first,
      try endedRecord(of: first.key, for: leased.delivery) != nil
    else { return false }
    return try isStaleUnlessLeased(leased.delivery.id)
  }

  /// The leased delivery as its alerts are now: if it lists some that have ended since it was decided, it says so.
  ///
  /// It is unchanged if an attempt may have arrived: its receiver knows the delivery by its ID and may have dropped a
  /// repeat, so the repeat must say the same.
  package func current(_ leased: LeasedDelivery) throws -> LeasedDelivery {
    let delivery = leased.delivery
    guard delivery.isList, leased.memory.isCertain, leased.progress == nil else { return leased }
    var ended: [AlertKey: Notice.AlertFlags] = [:]
    for alert in delivery.content.alerts where delivery.flags[alert.key]?.isResolved != true {
      guard let record = try endedRecord(of: alert.key, for: delivery) else { continue }
      var flags = delivery.flags[alert.key] ?? Notice.AlertFlags()
      (flags.isResolved, flags.firedFor) = (true, record.firedFor)
      ended[alert.key] = flags
    }
    guard !ended.isEmpty, let newer = delivery.saying(ended) else { return leased }
    try rewrite(newer, sayingEndsOf: Set(ended.keys))
    var leased = leased
    leased.delivery = newer
    return leased
  }

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
    let firing = try alerts.values.compactMap(\.self).filter { try isActive($0.key) != false }
    return firing.sorted { ($0.severity, $0.key) < ($1.severity, $1.key) }
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

extension NewDelivery {
  /// Whether it can be about several alerts; what is about one is withdrawn when that one ends.
  fileprivate var isList: Bool {
    switch content {
    case .burst, .digest, .followup, .group, .reminder: true
    case .alert, .flapping, .resolved, .test: false
    }
  }

  /// The delivery with some of its alerts as ended; nil if it says nothing about alerts that ended.
  ///
  /// A reminder leaves them out: its recipients know them, and are notified of their end as the route says.
  fileprivate func saying(_ ended: [AlertKey: Notice.AlertFlags]) -> NewDelivery? {
    var newer = self
    switch content {
    case .reminder(let alerts):
      let firing = alerts.filter { ended[$0.key] == nil }
      if firing.isEmpty { return nil }
      newer.content = .reminder(firing)
      return newer
    case .group(let name, let alerts, let firing, let cameAndWent):
      newer.content = .group(name: name, alerts, firing: max(0, firing - ended.count), ended: cameAndWent)
    case .burst, .digest, .followup: break
    case .alert, .flapping, .resolved, .test: return nil
    }
    newer.flags.merge(ended) { $1 }
    return newer
  }
}
