// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// What happened to an alert, noted in its record.
extension Batch {
  /// It is active.
  ///
  /// Only when the ledger does not know it as active is it new.
  mutating func begin(_ alert: Alert, skipped: Int = 0, until expiry: Expiry? = nil) {
    let known = state[alert: alert.key]
    if known?.isActive == true { return change(alert, until: expiry) }
    var record = AlertRecord(alert: alert, firedAt: now)
    if let known { record.continues(known) }
    flapping.note(&record, at: now, times: 1 + 2 * skipped)
    record.firings += skipped
    record.expiry = lifetime(of: alert, expiry)
    if came(alert) {
      record.dropped = rules.expectations[alert.id]?.rule
      state.set(record)
      return expected(alert)
    }
    state.set(record)
    countInhibitions(of: alert.key)
    place(alert.key, known == nil ? .firstSeen : .firesAgain)
  }

  /// It says something else, or the same again.
  ///
  /// That is told when it became worse, and only remembered when not; one that is muted may have changed into what is not.
  mutating func change(_ newer: Alert, until expiry: Expiry? = nil) {
    guard var record = state[alert: newer.key], record.isActive else { return begin(newer, until: expiry) }
    let before = record.alert
    let older = (alert: before, expiry: record.expiry)
    let merged = newer.merged(after: older, since: record.firedAt, until: lifetime(of: newer, expiry), at: now)
    let alert = merged.alert
    record.expiry = merged.expiry
    let isExpected = came(alert)
    guard before != alert else {
      if record != state[alert: alert.key] { state.set(record) }
      return
    }
    record.alert = alert
    state.set(record)
    countInhibitions(of: alert.key)
    if isExpected { return }
    if alert.severity.isWorse(than: before.severity) {
      place(alert.key, .worsened(from: before.severity, to: alert.severity))
    } else if record.waits.contains(where: \.hold.isMute), !alert.isAlike(before) {
      place(alert.key, .changed)
    }
  }

  /// It ended.
  mutating func end(_ key: AlertKey, _ trigger: Decision.Cause.Trigger) {
    guard var record = state[alert: key], record.isActive else { return }
    record.isActive = false
    record.resolvedAt = now
    record.acknowledgement = nil
    record.expiry = nil
    flapping.note(&record, at: now)
    state.set(record)
    countInhibitions(of: key)
    if var expectation = state[expectation: key.id], key.source != .belfry, expectation.isHeld {
      expectation.isHeld = false
      expectation.cameAt = now
      state.set(.expectation(expectation), for: .expectation(ExactText(key.id)))
      outcome.timers[.list(.expectation(ExactText(key.id)))] = .some(now)
    }
    place(key, trigger)
  }

  /// Someone takes it on: reminders and escalation stop until it resolves.
  ///
  /// With `moment`, not if it has ended since, and fires anew.
  mutating func acknowledge(_ key: AlertKey, by: String, _ comment: String, during moment: Instant?) {
    guard var record = state[alert: key], record.isActive else { return }
    // One that began in the future began by a clock that was set back since.
    if let moment, record.firedAt > moment, record.firedAt <= now { return }
    record.acknowledgement = Acknowledgement(by: by, at: now, comment: comment)
    state.set(record)
    decide(record.alert, .suppress, Decision.Cause(.acknowledged(by: by, comment: comment)), .command("belfry ack"))
  }

  /// Withdraws the acknowledgement: reminders and escalation continue.
  mutating func unacknowledge(_ key: AlertKey, by: String) {
    guard var record = state[alert: key], record.isActive, record.acknowledgement != nil else { return }
    record.acknowledgement = nil
    state.set(record)
    decide(record.alert, .suppress, Decision.Cause(.unacknowledged(by: by)), .command("belfry unack"))
  }

  /// Nobody watches what was pushed or typed on a command line: it ends by itself.
  private func lifetime(of alert: Alert, _ expiry: Expiry?) -> Expiry? {
    guard expiry == nil, alert.source == .command else { return expiry }
    return Expiry(at: now + Batch.commandLifetime, isTimeout: true)
  }

  /// Counts the alert in what it now mutes, and no longer in what it does not; what nothing mutes any more is due.
  private mutating func countInhibitions(of key: AlertKey) {
    guard !rules.inhibitions.isEmpty, let record = state[alert: key] else { return }
    let keys = record.isActive ? InhibitionStage(rules: rules).muted(by: record.alert, &memo) : []
    guard keys != record.inhibits else { return }
    for gone in record.inhibits where !keys.contains(gone) { countInhibition(gone, by: -1) }
    for new in keys where !record.inhibits.contains(new) { countInhibition(new, by: 1) }
    state.update(key) { $0.inhibits = keys }
  }

  private mutating func countInhibition(_ key: HoldKey, by step: Int) {
    var inhibition = state[inhibition: key] ?? InhibitionRecord()
    inhibition.count = max(0, inhibition.count + step)
    state.set(.inhibition(inhibition), for: .inhibition(key))
    if inhibition.count == 0 { outcome.timers[.list(.inhibition(key))] = .some(now) }
  }
}

extension Alert {
  /// Whether every matcher says the same of both.
  fileprivate func isAlike(_ other: Alert) -> Bool {
    severity == other.severity && category.isExactly(other.category) && labels == other.labels
  }
}

extension AlertRecord {
  /// Takes over from the activation before what outlives it.
  fileprivate mutating func continues(_ known: AlertRecord) {
    waits = known.waits
    timer = known.timer
    changes = known.changes
    isFlapping = known.isFlapping
    groups = known.groups
    inhibits = known.inhibits
    firings = known.firings + 1
    // Those who were not told that it ended know that it fires.
    told = known.told.filter { $0.state != .over }
  }
}

// MARK: - Silences

extension Batch {
  /// A silence is there from now on.
  mutating func silenced(_ silence: Silence) {
    let isKnown = state.silences.contains { $0.id == silence.id }
    state.silences.removeAll { $0.id == silence.id }
    state.silences.append(silence)
    outcome.silences.append(silence)
    // What it no longer silences, or only for another time, is placed anew.
    if isKnown { outcome.timers[.list(.silence(silence.id))] = .some(now) }
  }

  /// A silence is ended before its time: what it held is due.
  mutating func unsilenced(_ id: SilenceID, _ by: String) {
    guard let index = state.silences.firstIndex(where: { $0.id == id && $0.endedAt == nil }) else { return }
    var silence = state.silences.remove(at: index)
    silence.endedAt = now
    silence.endedBy = by
    outcome.silences.append(silence)
    outcome.timers[.list(.silence(id))] = .some(now)
  }
}

// MARK: - Expected alerts

extension Batch {
  /// Notes that an alert came that is expected to.
  ///
  /// - Returns: whether it is one.
  private mutating func came(_ alert: Alert) -> Bool {
    guard rules.expectations[alert.id] != nil, alert.source != .belfry else { return false }
    let record = ExpectationRecord(cameAt: now, isHeld: alert.source != .command)
    state.set(.expectation(record), for: .expectation(ExactText(alert.id)))
    // The timer's firing sees to the alarm, which this batch has not loaded.
    outcome.timers[.list(.expectation(ExactText(alert.id)))] = .some(now)
    return true
  }

  private mutating func expected(_ alert: Alert) {
    guard let rule = rules.expectations[alert.id] else { return }
    decide(alert, .suppress, Decision.Cause(.cameAsExpected), rule.rule)
  }
}
