// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

/// Checks the ledger: every firing alert is sent, waits, is muted or dropped, and all of it can be shown.
struct Law {
  let ledger: any Ledger
  let witness: Witness
  let rules: PolicyRules

  /// Checks it at any time at which the process is running and has done what was due.
  func check(at now: Instant) async throws {
    let records = try await ledger.records(after: nil, activeOnly: false, limit: 10_000)
    witness.change { books in
      books.expire()
      for record in records where record.isActive { books.checkPromises(record) }
    }
    try await checkLists(records, at: now)
    checkActive(records)
    for record in records where record.isActive { try await checkStanding(record) }
    try await checkExpectations(at: now)
    if let timer = try await ledger.nextTimer(), timer <= now { witness.fault("a timer is due and was not fired") }
  }

  /// Checks it after a long rest without failures.
  func checkRest() async throws {
    let summary = try await ledger.summary()
    for (name, count) in summary.waiting where HoldID(text: name.text)?.inhibition == nil {
      witness.fault("\(count) still wait in \(name)")
    }
    if let due = try await ledger.nextDelivery(channels: nil) {
      witness.fault("a delivery is still due at \(due.iso8601)")
    }
    for (id, course) in witness.read({ $0.deliveries }) {
      let record = try await ledger.delivery(id)
      if record?.status == .delivered, course.arrivals == 0 {
        witness.fault("\(id) counts as delivered and never arrived")
      }
      if record == nil || record?.status == .pending || !course.isSettled { witness.fault("\(id) was never settled") }
    }
  }

  /// Checks that lists, records and timers agree.
  private func checkLists(_ records: [AlertRecord], at now: Instant) async throws {
    var members: Set<PolicyOutcome.Membership> = []
    for name in try await ledger.summary().waiting.keys.sorted() {
      guard let list = HoldID(text: name.text) else {
        witness.fault("\(name) is no list")
        continue
      }
      for record in try await ledger.waiting(in: list) {
        members.insert(PolicyOutcome.Membership(list: list, alert: record.alert.key))
      }
      let due = try await ledger.due(.list(list))
      if due.map({ $0 <= now }) ?? (list.inhibition == nil) {
        witness.fault("\(name) holds alerts, and no timer will end it")
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
      witness.fault("the timer of \(record.alert.key) is lost")
    }
  }

  /// Checks that exactly the sources' alerts are active.
  private func checkActive(_ records: [AlertRecord]) {
    let known = Dictionary(uniqueKeysWithValues: records.lazy.filter(\.isActive).map { ($0.alert.key, $0.alert) })
    let held = witness.read { $0.active.mapValues(\.alert) }
    for (key, alert) in held where known[key] != alert {
      witness.fault("\(key) is active, and the ledger knows it otherwise")
    }
    for key in known.keys where held[key] == nil && key.source != .belfry { witness.fault("\(key) is not active") }
  }

  // MARK: - One alert

  private func checkStanding(_ record: AlertRecord) async throws {
    let key = record.alert.key
    switch record.standing {
    case .lost, .ended: return witness.fault("\(key) was not sent, is not waiting and was not dropped")
    case .notified, .waiting, .muted: break
    case .dropped: if !isDropped(record) { witness.fault("\(key) is dropped by \(record.dropped?.path ?? "nothing")") }
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
    witness.change { books in books.checkRoutes(record) }
  }

  private func isDropped(_ record: AlertRecord) -> Bool {
    switch record.dropped {
    case .silence: true
    case .file(let path, _): path == "unrouted" || rules.expectations.values.contains { $0.rule.path == path }
    case .command, nil: false
    }
  }

  /// Checks that an alarm exists exactly while an expected alert is missing.
  private func checkExpectations(at now: Instant) async throws {
    for rule in rules.expectations.values {
      let (came, isHeld) = witness.read { books in
        (books.cameAt[rule.id], books.active.values.contains { $0.alert.id == rule.id && $0.alert.source != .command })
      }
      guard let came else { continue }
      let alarm = try await ledger.record(of: ExpectationRule.alarm(of: rule.id))
      let isLate = !isHeld && came + rule.every <= now
      if (alarm?.isActive ?? false) != isLate {
        witness.fault("\(rule.id) came last at \(came.iso8601), and its alarm is \(isLate ? "not " : "")active")
      }
    }
  }
}

extension Books {
  /// Checks that each route that takes the alert has sent it on each of its channels, or holds it.
  mutating func checkRoutes(_ record: AlertRecord) {
    guard let one = active[record.alert.key], !one.hasMoved else { return }
    if one.isForgotten || record.holds.contains(where: \.isMute) { return }
    let routes = routes(of: one.alert)
    if routes.isEmpty, record.dropped == nil { fault("\(one.alert.key) has no route, and is not dropped") }
    for route in routes {
      let digest = digest(of: one.alert, on: route)
      let unknown = (digest?.to ?? route.to).filter { !knows($0, one, record) }
      if unknown.isEmpty || record.holds.contains(where: { holds($0, route, digest) }) { continue }
      if ((route.burst ?? rules.burst)?.to ?? []).contains(where: { heardInBurst($0, one, record) }) { continue }
      // A burst on a channel that already knew the alert does not list it, but counts for the route.
      let standIns = record.notified.filter { $0.covers.contains(route.identity) }.map(\.channel)
      if standIns.contains(where: { knows($0, one, record) }) { continue }
      fault(
        "\(one.alert.key) was not sent to \(unknown) by \(route.name), and does not wait there; waits: \(record.holds)"
      )
    }
  }

  private func digest(of alert: Alert, on route: Route) -> DigestRule? {
    if let name = route.digest { return rules.digest(name) }
    return rules.mode == .digest && alert.severity != .critical ? rules.digests.first : nil
  }

  private func knows(_ channel: ChannelName, _ one: Activation, _ record: AlertRecord) -> Bool {
    guard let heard = heard[one.alert.key]?[channel], !one.alert.severity.isWorse(than: heard.severity) else {
      return false
    }
    // The recipients may know from before that it fires, if nobody notified them of its end.
    return heard.at >= one.since || record.notified.contains { $0.channel == channel && $0.state != .over }
  }

  /// A summary counts for alerts bound for other channels; so does what the recipients know since before it ended.
  private func heardInBurst(_ channel: ChannelName, _ one: Activation, _ record: AlertRecord) -> Bool {
    if one.bursts.contains(channel) { return true }
    guard let heard = heard[one.alert.key]?[channel], heard.at < one.since else { return false }
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
