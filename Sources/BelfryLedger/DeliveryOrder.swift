// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The order of the deliveries about one alert on one channel, in a store.
///
/// Nothing about an alert is sent while an earlier delivery about it on that channel is unsettled: a later one waits, and
/// becomes due when the earlier one ends. What says that an alert fires is never sent after the alert ended: it is
/// withdrawn, unless it may have arrived. If nothing about the alert arrived there, its end is withdrawn too. A message
/// about several alerts of which some ended says so: see `DeliveryTransaction.current`.
///
/// The requirements are the store's part; the rule is in the extension, so that all stores follow the same one.
package protocol DeliveryOrder {
  /// How far a delivery came; nil if it does not exist.
  func progress(of id: DeliveryID) throws -> DeliveryProgress?
  /// Its message; nil if it is unreadable.
  func message(of id: DeliveryID) throws -> NewDelivery?
  /// Whether an alert is active; nil if it is unknown.
  func isActive(_ alert: AlertKey) throws -> Bool?
  /// The record of an alert; nil if it is unknown.
  func record(of alert: AlertKey) throws -> AlertRecord?

  /// The deliveries for which this one waits, or waited when it was withdrawn; without those that have ended.
  func waits(of id: DeliveryID) throws -> [DeliveryID]
  /// The deliveries that wait for this one.
  func followers(of id: DeliveryID) throws -> [DeliveryID]
  /// Makes a waiting delivery also wait for another one.
  mutating func wait(_ id: DeliveryID, for earlier: DeliveryID) throws
  /// Ends all waits for a delivery.
  mutating func endWaits(for earlier: DeliveryID) throws
  /// Ends all waits of a delivery.
  mutating func endWaits(of id: DeliveryID) throws
  /// Makes a waiting delivery due, at its old place in the queue.
  mutating func makeDue(_ id: DeliveryID, at now: Instant) throws
  /// Ends a pending delivery that is not leased, without sending it.
  mutating func withdraw(_ id: DeliveryID, because reason: Verdict.Reason, at now: Instant) throws
}

/// How far a delivery came, as far as its order depends on that.
package struct DeliveryProgress: Sendable {
  package var status: DeliveryRecord.Status
  /// Whether it is being attempted.
  package var isLeased: Bool
  /// Whether someone received it, or may have received it.
  package var mayHaveArrived: Bool
  /// The delivery on another channel that replaced it.
  package var successor: DeliveryID?

  package init(status: DeliveryRecord.Status, isLeased: Bool, mayHaveArrived: Bool, successor: DeliveryID?) {
    self.status = status
    self.isLeased = isLeased
    self.mayHaveArrived = mayHaveArrived
    self.successor = successor
  }
}

/// Where a new delivery begins.
package enum DeliveryPlace: Sendable, Hashable {
  case due
  /// It waits for these deliveries.
  case waiting([DeliveryID])
  /// It is not sent.
  case withdrawn(because: Verdict.Reason)

  package var isPending: Bool { if case .withdrawn = self { false } else { true } }
}

extension Verdict.Reason {
  /// The reason of a withdrawn message that an alert fires.
  static let resolvedFirst = Verdict.Reason("resolved_first", "It resolved before this could be sent.")
  /// The reason of a withdrawn message that a more severe one replaces.
  static let overtaken = Verdict.Reason("overtaken", "A more severe message about it was sent instead.")
  /// The reason of a withdrawn message that alerts resolved, which a message before it says.
  static let saidBefore = Verdict.Reason("said_before", "The message before it says so.")
  /// The reason of a dead letter that an alert fires, which is not sent again.
  static let resolvedSince = Verdict.Reason("resolved_since", "It has resolved, so this is not sent any more.")
  /// The reason of a dead letter that an alert resolved, which is not sent again.
  static let firesAgain = Verdict.Reason("fires_again", "It fires again, so this is not sent any more.")
  /// The reason of a withdrawn message that an alert resolved.
  static let nobodyNotified = Verdict.Reason(
    "nobody_notified",
    "Nothing about it was delivered here, so its end is not sent either."
  )
}

// MARK: - The rule

extension DeliveryOrder {
  /// Finds the place of a new delivery, and withdraws what it makes stale.
  package mutating func place(
    _ delivery: NewDelivery,
    after earlier: Set<EarlierDeliveries>,
    at now: Instant
  ) throws -> DeliveryPlace {
    if earlier.isEmpty { return .due }
    let (unsettled, isAnyKnown) = try withdrawStale(among: earlier.ends, at: now)
    if !unsettled.isEmpty { return .waiting(unsettled.sorted()) }
    return try !isAnyKnown && isPointless(delivery, after: earlier) ? .withdrawn(because: .nobodyNotified) : .due
  }

  /// Withdraws what is stale after the end of an alert of which no message says that it ended.
  package mutating func withdrawStale(after earlier: Set<EarlierDeliveries>, at now: Instant) throws {
    if !earlier.isEmpty { _ = try withdrawStale(among: earlier.ends, at: now) }
  }

  /// Withdraws the stale ones of these deliveries and of those for which they waited.
  ///
  /// - Returns: those of the others that are not settled, and whether one that is settled may have arrived.
  private mutating func withdrawStale(
    among deliveries: Set<DeliveryID>,
    at now: Instant
  ) throws -> (unsettled: Set<DeliveryID>, isAnyKnown: Bool) {
    var unsettled: Set<DeliveryID> = []
    var isAnyKnown = false
    var open = deliveries
    while let id = open.popFirst() {
      guard let (id, progress) = try current(id) else { continue }
      guard progress.status == .pending else {
        isAnyKnown = isAnyKnown || progress.mayHaveArrived
        // What a withdrawn one waited for still comes first.
        open.formUnion(try waits(of: id))
        continue
      }
      if try isStale(id, progress) {
        open.formUnion(try waits(of: id))
        try withdraw(stale: id, because: .resolvedFirst, at: now)
      } else {
        unsettled.insert(id)
      }
    }
    return (unsettled, isAnyKnown)
  }

  /// Continues with what waited for a delivery, after its settlement was written.
  package mutating func settled(_ id: DeliveryID, _ result: Settlement.Result, at now: Instant) throws {
    if case .forwarded(let successor, _, _) = result {
      let followers = try followers(of: id)
      try endWaits(for: id)
      for follower in followers { try wait(follower, for: successor.id) }
      // Its alerts may have ended while the failed one could not be withdrawn.
      if let progress = try progress(of: successor.id), try isStale(successor.id, progress) {
        try withdraw(stale: successor.id, because: .resolvedFirst, at: now)
      }
    } else if result.end != nil {
      try ended(id, at: now)
    } else if let progress = try progress(of: id), try isStale(id, progress) {
      try withdraw(stale: id, because: .resolvedFirst, at: now)
    }
  }

  /// Continues with what waited for a delivery that ended.
  mutating func ended(_ id: DeliveryID, at now: Instant) throws {
    let followers = try followers(of: id)
    if followers.isEmpty { return }
    try endWaits(for: id)
    for follower in followers { try release(follower, at: now) }
  }

  /// Makes a delivery due that has nothing left to wait for, or withdraws it.
  private mutating func release(_ id: DeliveryID, at now: Instant) throws {
    guard try waits(of: id).isEmpty, let progress = try progress(of: id), progress.status == .pending else { return }
    if try isStale(id, progress) { return try withdraw(stale: id, because: .resolvedFirst, at: now) }
    guard let message = try message(of: id), try isPointless(message, after: message.continued) else {
      return try makeDue(id, at: now)
    }
    try withdraw(id, because: .nobodyNotified, at: now)
    try ended(id, at: now)
  }

  /// Withdraws a stale delivery; what waited for it then waits for what it waited for, and so does what comes later.
  private mutating func withdraw(
    stale id: DeliveryID,
    because reason: Verdict.Reason,
    at now: Instant
  ) throws {
    let earlier = try waits(of: id)
    let followers = try followers(of: id)
    try endWaits(for: id)
    try withdraw(id, because: reason, at: now)
    for follower in followers {
      for one in earlier { try wait(follower, for: one) }
      try release(follower, at: now)
    }
  }

  /// Makes waiting deliveries due before those for which they wait, which they replace if those are about nothing else.
  package mutating func hurry(_ ids: [DeliveryID], at now: Instant) throws {
    for id in ids {
      for earlier in try waits(of: id) where try isReplaced(earlier, by: id) {
        try withdraw(stale: earlier, because: .overtaken, at: now)
      }
      if try waits(of: id).isEmpty { continue }
      try endWaits(of: id)
      try makeDue(id, at: now)
    }
  }

  /// Whether a delivery certainly did not arrive and a later one says something newer about all of its alerts.
  private func isReplaced(_ id: DeliveryID, by later: DeliveryID) throws -> Bool {
    guard let progress = try progress(of: id), progress.status == .pending, !progress.isLeased,
      !progress.mayHaveArrived, let old = try message(of: id), let new = try message(of: later)
    else { return false }
    return Set(new.content.alerts.map(\.key)).isSuperset(of: old.content.alerts.map(\.key))
  }

  /// The delivery that stands for this one now: the last one in its chain of fallbacks.
  private func current(_ id: DeliveryID) throws -> (id: DeliveryID, progress: DeliveryProgress)? {
    var id = id
    while let progress = try progress(of: id) {
      guard let successor = progress.successor else { return (id, progress) }
      id = successor
    }
    return nil
  }

  /// Whether a pending delivery says that alerts fire, all of which have ended, and certainly did not arrive.
  private func isStale(_ id: DeliveryID, _ progress: DeliveryProgress) throws -> Bool {
    guard progress.status == .pending, !progress.isLeased, !progress.mayHaveArrived, let message = try message(of: id),
      message.saysFiring
    else { return false }
    return try message.content.alerts.allSatisfy { try endedRecord(of: $0.key, for: message) != nil }
  }

  /// See ``DeliveryTransaction/isStaleUnlessLeased(_:)``.
  package func isStaleUnlessLeased(_ id: DeliveryID) throws -> Bool {
    guard var progress = try progress(of: id) else { return false }
    progress.isLeased = false
    return try isStale(id, progress)
  }

  /// The record of an alert that has ended and about which the recipients of a message are owed nothing more; otherwise
  /// nil.
  ///
  /// While its end is still to be sent, they count as notified: they would not be notified if it fires again.
  package func endedRecord(of alert: AlertKey, for message: NewDelivery) throws -> AlertRecord? {
    guard try isActive(alert) == false, let record = try record(of: alert) else { return nil }
    let channel = message.forwardings.first?.from ?? message.channel
    let known = record.notified.first { $0.channel == channel }
    return known.map { $0.state == .over } ?? true ? record : nil
  }

  /// Why a dead letter is not sent again; nil if it still says how its alerts are.
  package func outdated(_ id: DeliveryID) throws -> Verdict.Reason? {
    guard let progress = try progress(of: id), progress.status == .dead, let message = try message(of: id) else {
      return nil
    }
    let active = try message.content.alerts.map { try isActive($0.key) }
    var reason: Verdict.Reason
    if message.saysFiring, active.allSatisfy({ $0 == false }) {
      reason = .resolvedSince
    } else if message.saysOnlyEnds, active.allSatisfy({ $0 == true }) {
      reason = .firesAgain
    } else {
      return nil
    }
    if progress.mayHaveArrived { reason.outcome = .ambiguous }
    return reason
  }

  /// Withdraws messages that only say that these alerts ended, if a message that is the first about them says so.
  package mutating func withdrawEnds(of alerts: Set<AlertKey>, saidBy id: DeliveryID, at now: Instant) throws {
    for follower in try followers(of: id) {
      guard let message = try message(of: follower), message.saysOnlyEnds, message.follows.first == id,
        alerts.isSuperset(of: message.content.alerts.map(\.key))
      else { continue }
      try withdraw(stale: follower, because: .saidBefore, at: now)
    }
  }

  /// Whether a message only says that alerts resolved of which nobody on its channel was notified.
  private func isPointless(_ message: NewDelivery, after earlier: Set<EarlierDeliveries>) throws -> Bool {
    guard message.saysOnlyEnds, !earlier.isEmpty else { return false }
    return try !earlier.contains { try mayHaveArrived($0) }
  }

  /// Whether one of the deliveries about an alert arrived; true if that is unknown.
  private func mayHaveArrived(_ deliveries: EarlierDeliveries) throws -> Bool {
    var id = deliveries.last
    while true {
      if try mayHaveArrived(id) { return true }
      if id <= deliveries.first { return false }
      // What lies between the first and the last one is known only by what each continues.
      guard let previous = try message(of: id)?.follows.last, previous < id else { return true }
      id = previous
    }
  }

  /// Whether a delivery arrived, or one that replaced it on another channel; true if that is unknown or still open.
  private func mayHaveArrived(_ id: DeliveryID) throws -> Bool {
    var id = id
    while let progress = try progress(of: id) {
      if progress.status == .pending || progress.mayHaveArrived { return true }
      guard let successor = progress.successor else { return false }
      id = successor
    }
    return true
  }
}

extension Set<EarlierDeliveries> {
  /// The last ones, for which all others usually wait or waited, and the first ones.
  ///
  /// A first one can be stale although the last one is about several alerts and is not, and can still wait to be sent
  /// although the last one overtook it.
  fileprivate var ends: Set<DeliveryID> { Set<DeliveryID>(flatMap { [$0.first, $0.last] }) }
}

extension NewDelivery {
  /// Whether it only says that alerts resolved.
  fileprivate var saysOnlyEnds: Bool {
    switch content {
    case .resolved: true
    case .group(_, let alerts, _, _): !alerts.isEmpty && alerts.allSatisfy { flags[$0.key]?.isResolved == true }
    case .alert, .burst, .digest, .flapping, .followup, .reminder, .test: false
    }
  }

  /// Whether it says that alerts fire.
  ///
  /// A digest does not count: it reports what happened in a period.
  var saysFiring: Bool {
    switch content {
    case .alert, .burst, .flapping, .followup, .group, .reminder: !saysOnlyEnds
    case .digest, .resolved, .test: false
    }
  }

  /// The deliveries that it continues, as far as its own message says.
  package var continued: Set<EarlierDeliveries> {
    guard let first = follows.first, let last = follows.last else { return [] }
    return [EarlierDeliveries(first: first, last: last)]
  }
}
