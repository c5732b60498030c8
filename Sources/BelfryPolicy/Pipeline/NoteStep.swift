// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Step 1: writes into an alert's record what happened to it, and returns the alerts to evaluate.
struct NoteStep {
  let rules: PolicyRules
  private let flapping: FlappingStep

  /// How long an alert from the command line is active if it is neither sent again nor resolved.
  static let commandLifetime = Duration.seconds(86_400)

  init(rules: PolicyRules) {
    self.rules = rules
    flapping = FlappingStep(rule: rules.flapping)
  }

  /// Notes an event; `skipped` is how often the alert fired and resolved earlier in the same batch.
  func callAsFunction(_ event: Event, skipped: Int, in run: inout PolicyRun) -> Pending? {
    switch event {
    case .fired(let alert): return begin(ranked(alert), skipped: skipped, in: &run)
    case .changed(let alert): return change(ranked(alert), in: &run)
    case .pushed(let alert, let until): return begin(ranked(alert), skipped: skipped, until: until, in: &run)
    case .resolved(let key): return end(key, .resolved, in: &run)
    case .acknowledged(let key, let by, let comment, let moment):
      acknowledge(key, by: by, comment, during: moment, in: &run)
    case .unacknowledged(let key, let by): unacknowledge(key, by: by, in: &run)
    case .silenced(let silence): silence.begin(in: &run)
    case .unsilenced(let id, let by): id.end(by: by, in: &run)
    }
    return nil
  }

  /// Notes that a timer is due.
  func callAsFunction(_ firing: Firing, in run: inout PolicyRun) -> [Pending] {
    switch firing.timer {
    case .alert(let key): return [check(key, in: &run)].compactMap(\.self)
    case .list(let id):
      guard let expected = id.expectation else { return id.hold.end(firing, in: &run) }
      return [expect(expected, in: &run)].compactMap(\.self)
    }
  }
}

// MARK: - Events

extension NoteStep {
  /// Ranks an alert in the severities of the file, also one that Belfry raises about itself.
  private func ranked(_ alert: Alert) -> Alert {
    rules.severities.isStandard ? alert : alert.ranked(by: rules.severities)
  }

  /// The alert is active; it is new only if the ledger does not know it as active.
  private func begin(_ alert: Alert, skipped: Int = 0, until expiry: Expiry? = nil, in run: inout PolicyRun)
    -> Pending?
  {
    let known = run.state[alert: alert.key]
    if known?.isActive == true { return change(alert, until: expiry, in: &run) }
    var record = AlertRecord(alert: alert, firedAt: run.now)
    if let known { record.continue(known) }
    flapping.note(&record, at: run.now, times: 1 + 2 * skipped)
    record.firings += skipped
    record.expiry = lifetime(of: alert, expiry, at: run.now)
    if let rule = ExpectationHold.noteArrival(of: alert, in: &run) {
      record.dropped = rule
      run.state.set(record)
      run.decide(alert, .suppress, Decision.Cause(.cameAsExpected), rule)
      return nil
    }
    run.state.set(record)
    InhibitionHold.count(record, in: &run)
    return Pending(alert.key, known == nil ? .firstSeen : .firesAgain)
  }

  /// An active alert has new content, or is reported again.
  ///
  /// If it is more severe, it is evaluated; otherwise only if it is muted, because that may no longer apply.
  private func change(_ newer: Alert, until expiry: Expiry? = nil, in run: inout PolicyRun) -> Pending? {
    guard var record = run.state[alert: newer.key], record.isActive else {
      return begin(newer, until: expiry, in: &run)
    }
    let before = record.alert
    let older = (alert: before, expiry: record.expiry)
    let end = lifetime(of: newer, expiry, at: run.now)
    let merged = newer.merged(after: older, since: record.firedAt, until: end, at: run.now)
    let alert = merged.alert
    record.expiry = merged.expiry
    let isExpected = ExpectationHold.noteArrival(of: alert, in: &run) != nil
    guard before != alert else {
      if record != run.state[alert: alert.key] { run.state.set(record) }
      return nil
    }
    record.alert = alert
    run.state.set(record)
    InhibitionHold.count(record, in: &run)
    if isExpected { return nil }
    if alert.severity.isWorse(than: before.severity) {
      return Pending(alert.key, .worsened(from: before.severity, to: alert.severity))
    }
    let isMuted = record.waits.contains { $0.hold.isMute }
    return isMuted && !alert.matchesLike(before) ? Pending(alert.key, .changed) : nil
  }

  /// The alert resolved.
  private func end(_ key: AlertKey, _ trigger: Decision.Cause.Trigger, in run: inout PolicyRun) -> Pending? {
    guard var record = run.state[alert: key], record.isActive else { return nil }
    record.isActive = false
    record.resolvedAt = run.now
    record.acknowledgement = nil
    record.expiry = nil
    flapping.note(&record, at: run.now)
    run.state.set(record)
    InhibitionHold.count(record, in: &run)
    ExpectationHold.noteEnd(of: key, in: &run)
    return Pending(key, trigger)
  }

  /// Someone acknowledges the alert: reminders and escalation stop until it resolves.
  ///
  /// With `moment`, nothing happens if it has resolved and fired again since then.
  private func acknowledge(
    _ key: AlertKey,
    by: String,
    _ comment: String,
    during moment: Instant?,
    in run: inout PolicyRun
  ) {
    guard var record = run.state[alert: key], record.isActive else { return }
    // A start in the future was recorded before the clock was set back.
    if let moment, record.firedAt > moment, record.firedAt <= run.now { return }
    record.acknowledgement = Acknowledgement(by: by, at: run.now, comment: comment)
    run.state.set(record)
    let cause = Decision.Cause(.acknowledged(by: by, comment: comment))
    run.decide(record.alert, .suppress, cause, .command("belfry ack"))
  }

  /// The acknowledgement is withdrawn: reminders and escalation continue.
  private func unacknowledge(_ key: AlertKey, by: String, in run: inout PolicyRun) {
    guard var record = run.state[alert: key], record.isActive, record.acknowledgement != nil else { return }
    record.acknowledgement = nil
    run.state.set(record)
    run.decide(record.alert, .suppress, Decision.Cause(.unacknowledged(by: by)), .command("belfry unack"))
  }

  /// No source polls what was sent from the command line: it resolves automatically.
  private func lifetime(of alert: Alert, _ expiry: Expiry?, at now: Instant) -> Expiry? {
    guard expiry == nil, alert.source == .command else { return expiry }
    return Expiry(at: now + NoteStep.commandLifetime, isTimeout: true)
  }
}

extension Alert {
  /// Whether every matcher treats both the same.
  fileprivate func matchesLike(_ other: Alert) -> Bool {
    severity == other.severity && category.isExactly(other.category) && labels == other.labels
  }
}

extension AlertRecord {
  /// Takes over what outlives the alert's previous activation.
  fileprivate mutating func `continue`(_ known: AlertRecord) {
    waits = known.waits
    timer = known.timer
    changes = known.changes
    isFlapping = known.isFlapping
    groups = known.groups
    inhibits = known.inhibits
    firings = known.firings + 1
    // The channels that were not sent its resolution know that it fires.
    notified = known.notified.filter { $0.state != .over }
    past = known.past + known.notified.filter { $0.state == .over }
  }
}

// MARK: - Timers

extension NoteStep {
  /// Something about one alert is due: its expiry, that it settled, a reminder, or an escalation.
  private func check(_ key: AlertKey, in run: inout PolicyRun) -> Pending? {
    guard let record = run.state[alert: key] else { return nil }
    run.state.update(key) { $0.timer = nil }
    if let expiry = record.expiry, expiry.at <= run.now {
      return end(key, .expired(after: key.source == .command ? NoteStep.commandLifetime : nil), in: &run)
    }
    if let settles = flapping.settles(record), settles <= run.now {
      run.state.update(key) {
        $0.isFlapping = false
        $0.changes = []
      }
      return Pending(key, .settled(after: rules.flapping?.within))
    }
    let routes = rules.table.resolve(record.alert, memo: &run.memo)
    run.announce(rules.openChecks(record, on: routes).filter { $0.due <= run.now }, of: record)
    return nil
  }

  /// An expected alert may be missing: then that is an alert of its own, until it arrives.
  private func expect(_ id: String, in run: inout PolicyRun) -> Pending? {
    switch ExpectationHold(id).check(in: &run) {
    case .ends(let trigger): end(ExpectationRule.alarm(of: id), trigger, in: &run)
    case .missing(let alarm): begin(ranked(alarm), in: &run)
    case .isMissing: nil
    }
  }
}
