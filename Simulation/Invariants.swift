// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

/// The conditions that the ledger must always meet: every firing alert is sent, waiting, muted or dropped, with records
/// to show it.
struct Invariants {
  let ledger: any Ledger
  let witness: Witness
  let rules: PolicyRules

  /// Checks them while the process is running and nothing is due.
  func check(at now: Instant) async throws {
    let records = try await ledger.records(after: nil, activeOnly: false, limit: 10_000)
    witness.change { expected in
      expected.expire()
      for record in records where record.isActive { expected.checkDeadlines(record) }
    }
    try await checkLists(records, at: now)
    checkActive(records)
    for record in records where record.isActive { try await checkStanding(record) }
    try await checkExpectations(at: now)
    if let timer = try await ledger.nextTimer(), timer <= now { witness.fault("a timer is due, but did not fire") }
  }

  /// Checks that nothing is left to do after a long time without failures.
  ///
  /// With `isPruned`, settled deliveries may have been removed.
  func checkRest(isPruned: Bool) async throws {
    let summary = try await ledger.summary()
    for (name, count) in summary.waiting where HoldID(text: name.text)?.inhibition == nil {
      witness.fault("\(count) alerts are still waiting in \(name)")
    }
    if let due = try await ledger.nextDelivery(channels: nil) {
      witness.fault("a delivery is still due at \(due.iso8601)")
    }
    for (id, history) in witness.read({ $0.deliveries }) {
      let record = try await ledger.delivery(id)
      if record?.status == .delivered, history.arrivals == 0 {
        witness.fault("\(id) counts as delivered, but never arrived")
      }
      if record?.status == .withdrawn || record == nil && isPruned {
        if history.arrivals > 0, record != nil { witness.fault("\(id) was withdrawn, but arrived") }
        continue
      }
      if record == nil || record?.status == .pending || !history.isSettled { witness.fault("\(id) was never settled") }
    }
  }

  /// Checks that lists, records and timers agree.
  private func checkLists(_ records: [AlertRecord], at now: Instant) async throws {
    var members: Set<PolicyOutcome.Membership> = []
    for name in try await ledger.summary().waiting.keys.sorted() {
      guard let list = HoldID(text: name.text) else {
        witness.fault("\(name) is not a hold")
        continue
      }
      for record in try await ledger.waiting(in: list) {
        members.insert(PolicyOutcome.Membership(list: list, alert: record.alert.key))
      }
      let due = try await ledger.due(.list(list))
      if due.map({ $0 <= now }) ?? (list.inhibition == nil) {
        witness.fault("\(name) holds alerts, but no timer ends it")
      }
    }
    let waits = Set(
      records.flatMap { record in record.holds.map { PolicyOutcome.Membership(list: $0, alert: record.alert.key) } }
    )
    for lost in members.symmetricDifference(waits) {
      witness.fault(
        "\(lost.alert) waits in \(lost.list), say only \(waits.contains(lost) ? "the records" : "the lists")"
      )
    }
    for record in records where try await ledger.due(.alert(record.alert.key)) != record.timer {
      witness.fault("the timer of \(record.alert.key) differs from its record")
    }
  }

  /// Checks that exactly the sources' alerts are active.
  private func checkActive(_ records: [AlertRecord]) {
    let known = Dictionary(uniqueKeysWithValues: records.lazy.filter(\.isActive).map { ($0.alert.key, $0.alert) })
    let held = witness.read { $0.active.mapValues(\.alert) }
    for (key, alert) in held where known[key] != alert {
      witness.fault("\(key) is active, but the ledger's record differs")
    }
    for key in known.keys where held[key] == nil && key.source != .belfry {
      witness.fault("\(key) is active in the ledger only")
    }
  }

  // MARK: - One alert

  private func checkStanding(_ record: AlertRecord) async throws {
    let key = record.alert.key
    switch record.standing {
    case .lost, .ended: return witness.fault("\(key) was not sent, is not waiting and was not dropped")
    case .notified, .waiting, .muted: break
    case .dropped: if !isDropped(record) { witness.fault("\(key) was dropped by \(record.dropped?.path ?? "no rule")") }
    }
    for notified in record.notified {
      for id in notified.deliveries {
        let delivery = try await ledger.delivery(id)?.delivery
        if delivery?.channel != notified.channel || delivery?.content.alerts.contains(where: { $0.key == key }) != true
        {
          witness.fault("\(key) counts as sent on \(notified.channel) by \(id), which does not contain it")
        }
      }
    }
    guard key.source != .belfry, rules.expectations[key.id] == nil else { return }
    witness.change { expected in expected.checkRoutes(record) }
  }

  private func isDropped(_ record: AlertRecord) -> Bool {
    switch record.dropped {
    case .silence: true
    case .file(let path, _):
      path == "unrouted" || rules.expectations.values.contains { $0.rule.path == path }
        || rules.table.routes.contains { $0.drops && $0.path == path }
    case .command, nil: false
    }
  }

  /// Checks that an alarm exists exactly while an expected alert is missing.
  private func checkExpectations(at now: Instant) async throws {
    for rule in rules.expectations.values {
      let (came, isHeld) = witness.read { expected in
        (
          expected.cameAt[rule.id],
          expected.active.values.contains { $0.alert.id == rule.id && $0.alert.source != .command }
        )
      }
      guard let came else { continue }
      let alarm = try await ledger.record(of: ExpectationRule.alarm(of: rule.id))
      let isLate = !isHeld && came + rule.every <= now
      if (alarm?.isActive ?? false) != isLate {
        witness.fault("\(rule.id) was last received at \(came.iso8601), but its alarm is \(isLate ? "not " : "")active")
      }
    }
  }
}

extension ExpectedState {
  /// Checks that each route that takes the alert has sent it on each of its channels, or holds it.
  mutating func checkRoutes(_ record: AlertRecord) {
    guard let one = active[record.alert.key], !one.hasUnroutedChange else { return }
    if one.isDiscarded || record.holds.contains(where: \.isMute) { return }
    let routes = routes(of: one.alert)
    if routes.isEmpty, record.dropped == nil { fault("\(one.alert.key) has no route, but was not dropped") }
    for route in routes {
      let digest = digest(of: one.alert, on: route)
      let unknown = (digest?.to ?? route.to).filter { !knows($0, one, record) }
      if unknown.isEmpty || record.holds.contains(where: { holds($0, route, digest) }) { continue }
      if ((route.burst ?? rules.burst)?.to ?? []).contains(where: { knowsFromBurst($0, one, record) }) { continue }
      // A burst on a channel that already knew the alert does not list it, but counts for the route.
      let standIns = record.notified.filter { $0.covers.contains(route.identity) }.map(\.channel)
      if standIns.contains(where: { knows($0, one, record) }) { continue }
      fault(
        "\(one.alert.key) was not sent to \(unknown) by \(route.name), and is not waiting for it; its holds: \(record.holds)"
      )
    }
  }

  private func digest(of alert: Alert, on route: Route) -> DigestRule? {
    if let name = route.digest { return rules.digest(name) }
    return rules.mode == .digest && alert.severity != .critical ? rules.digests.first : nil
  }

  private func knows(_ channel: ChannelName, _ one: Activation, _ record: AlertRecord) -> Bool {
    guard let last = lastMessages[one.alert.key]?[channel],
      !one.alert.severity.isWorse(than: last.severity)
    else {
      return false
    }
    // The recipients may know from before that it fires, if they were not notified when it resolved.
    return last.at >= one.since || record.notified.contains { $0.channel == channel && $0.state != .over }
  }

  /// A summary counts for alerts bound for other channels; so does what the recipients know since before it ended.
  private func knowsFromBurst(_ channel: ChannelName, _ one: Activation, _ record: AlertRecord) -> Bool {
    if one.bursts.contains(channel) { return true }
    guard let last = lastMessages[one.alert.key]?[channel], last.at < one.since else { return false }
    return knows(channel, one, record)
  }

  private func holds(_ list: HoldID, _ route: Route, _ digest: DigestRule?) -> Bool {
    if let name = list.digest { return digest?.name == name }
    if list.group != nil { return route.group != nil }
    if list.cooldown != nil { return route.group == nil && digest == nil }
    if list.burst != nil { return (route.burst ?? rules.burst)?.within != nil }
    return list.isMute || list.cap != nil
  }
}
