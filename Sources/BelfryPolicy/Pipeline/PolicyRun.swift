// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// What the steps of one run share: the rules, the state as it changes, and what will be written.
struct PolicyRun {
  let rules: PolicyRules
  let now: Instant
  var state: PolicyState
  var outcome = PolicyOutcome()
  var memo = MatchMemo()
  /// Nil until a step asks for them, and after one of them changed.
  var silencesInForce: SilencesInForce?
  /// What the deliver step sends.
  var announcements: [Announcement] = []
  /// The holds that ended.
  var ended: [HoldID: EndedHold] = [:]
  /// The holds whose count of resolved alerts was carried over to another one.
  var carried: Set<Carry> = []
  /// The alerts that were sent, by channel, so that no route sends one there again.
  var sent: Set<Reach> = []
  /// The alerts that a rule about the number of messages keeps back, by channel.
  var keptBack: Set<Reach> = []

  init(rules: PolicyRules, now: Instant, state: PolicyState) {
    self.rules = rules
    self.now = now
    self.state = state
  }

  /// An alert on a channel.
  struct Reach: Hashable {
    let alert: AlertKey
    let channel: ChannelName
  }

  /// The alerts of one hold wait in another one now; for one channel, if that one counts by channel.
  struct Carry: Hashable {
    let from: HoldID
    let to: HoldID
    var on: ChannelName?
  }
}

// MARK: - Decisions

extension PolicyRun {
  mutating func decide(
    _ alert: Alert,
    _ outcome: Decision.Outcome,
    _ cause: Decision.Cause,
    _ rule: Rule,
    by deliveries: [DeliveryID] = []
  ) {
    self.outcome.decisions.append(
      Decision(
        alert: alert.key,
        severity: alert.severity,
        outcome: outcome,
        cause: cause,
        rule: rule,
        deliveries: deliveries
      )
    )
  }

  mutating func decide(
    _ evaluation: inout Evaluation,
    _ outcome: Decision.Outcome,
    _ factor: Decision.Cause.Factor,
    _ rule: Rule
  ) {
    evaluation.isDecided = true
    decide(evaluation.alert, outcome, Decision.Cause(evaluation.trigger, factor), rule)
  }

  /// No route takes the alert, or only routes that drop it.
  mutating func dropUnrouted(_ evaluation: Evaluation) {
    let dropping = evaluation.routes.first
    let rule = dropping?.rule ?? rules.unrouted ?? Rule(path: "routes", line: 0)
    let trigger = evaluation.released.map { Decision.Cause.Trigger.left($0) } ?? evaluation.trigger
    decide(evaluation.alert, .suppress, Decision.Cause(trigger, dropping == nil ? .unrouted : .routedNowhere), rule)
    state.update(evaluation.alert.key) { $0.dropped = rule }
  }

  /// A silence discards the alert on the candidate's channels.
  mutating func drop(
    _ candidate: inout Candidate,
    of evaluation: inout Evaluation,
    by holding: Holding,
    _ id: SilenceID
  ) {
    let channels = candidate.takeChannels()
    if candidate.isEnd {
      forget(channels, evaluation)
    } else {
      state.update(evaluation.alert.key) { $0.dropped = holding.rule }
    }
    decide(&evaluation, .suppress, .dropped(by: id, detail: holding.detail), holding.rule)
  }

  /// The rule by which an alert waited: that of the file now; if the file no longer has it, that of the start of the wait.
  func rule(of wait: Wait, _ evaluation: Evaluation) -> Rule {
    wait.hold.hold.rule(for: evaluation.alert, on: evaluation.routes, in: rules) ?? wait.start?.rule
      ?? evaluation.routes.first?.rule ?? Rule(path: "routes", line: 0)
  }
}

// MARK: - Waiting

extension PolicyRun {
  /// What mutes an alert on all channels; nil if nothing does.
  mutating func muting(_ alert: Alert) -> Muting? {
    for kind in RuleKinds.holds {
      if let muting = kind.muting(alert, in: &self) { return muting }
    }
    return nil
  }

  /// Holds or drops the candidate, if this mutes it.
  mutating func apply(_ muting: Muting?, to candidate: inout Candidate, of evaluation: inout Evaluation) {
    switch muting {
    case .hold(let holding): hold(&evaluation, by: holding, for: candidate.takeChannels())
    case .drop(let holding, let id): drop(&candidate, of: &evaluation, by: holding, id)
    case nil: break
    }
  }

  /// Has an alert wait, and records a decision, unless it already waits there and nothing happened to it.
  mutating func hold(_ evaluation: inout Evaluation, by holding: Holding, for channels: [ChannelName]) {
    evaluation.isDecided = true
    let id = holding.hold
    let known = evaluation.record.waits[id]
    id.hold.join(channels, known: [known, evaluation.waits[id]].compactMap(\.self), in: &self)
    // If it already waits there for a channel, it was counted there; an older Belfry did not store the channels.
    let moved = channels.filter { channel in
      known.map { !$0.channels.isEmpty && !$0.channels.contains(channel) } ?? true
    }
    if let released = evaluation.released, released != id, !moved.isEmpty, let ended = ended[released] {
      id.hold.takeOver(ended, from: released, for: moved, in: &self)
    }
    if let index = evaluation.waits.firstIndex(where: { $0.hold == id }) {
      evaluation.waits[index].channels = (evaluation.waits[index].channels + channels).distinct
      return
    }
    if id.isMute, let until = holding.until { outcome.timers[.list(id)] = .some(until) }
    guard known == nil || evaluation.endedWait == nil else {
      return evaluation.waits.append(Wait(id, for: channels, since: known?.start))
    }
    let cause = Decision.Cause(evaluation.trigger, holding.factor)
    let start = Wait.Start(at: now, rule: holding.rule, cause: cause)
    evaluation.waits.append(Wait(id, for: channels, since: known?.start ?? start))
    decide(evaluation.alert, .hold(until: holding.until), cause, holding.rule)
  }

  /// Has an announcement wait for these channels, after the rules for single alerts let it pass.
  mutating func hold(_ announcement: Announcement, by holding: Holding, for channels: [ChannelName]) {
    let (id, key) = (holding.hold, announcement.alert.key)
    guard let record = state[alert: key] else { return }
    if record.waits.contains(id) {
      return state.update(key) { record in
        for index in record.waits.indices where record.waits[index].hold == id {
          record.waits[index].channels = (record.waits[index].channels + channels).distinct
        }
      }
    }
    let cause = Decision.Cause(announcement.trigger, holding.factor)
    let start = Wait.Start(at: now, rule: holding.rule, cause: cause)
    // If that hold ended in this run too, the wait is a new one.
    let earlier = ended[id] == nil ? announcement.earlierWaits[id] : nil
    let wait = earlier ?? Wait(id, for: channels, since: start)
    state.update(key) { $0.waits.append(wait) }
    outcome.joined.append(PolicyOutcome.Membership(list: id, alert: key))
    if earlier != nil { return }
    decide(announcement.alert, .hold(until: holding.until), cause, holding.rule)
  }

  /// Moves an evaluated alert from the holds in which it waited to those in which it waits now.
  mutating func move(_ evaluation: Evaluation) {
    let key = evaluation.alert.key
    let (before, waits) = (evaluation.record.waits, evaluation.waits)
    guard before != waits else { return }
    for wait in before where !waits.contains(wait.hold) {
      outcome.left.append(PolicyOutcome.Membership(list: wait.hold, alert: key))
      // If people were notified of it, its resolution or a reminder waited.
      if !evaluation.record.isActive, !wait.hold.isMute || evaluation.record.firstNotified == nil {
        wait.hold.hold.countEnded(1, for: wait.channels, in: &self)
      }
    }
    for wait in waits where !before.contains(wait.hold) {
      outcome.joined.append(PolicyOutcome.Membership(list: wait.hold, alert: key))
    }
    state.update(key) { $0.waits = waits }
  }

  /// Ends a hold: its alerts are evaluated again, and sent together unless another hold keeps them.
  mutating func endHold(_ hold: some Hold, _ firing: Firing) -> [Pending] {
    let id = hold.id
    // An earlier timer of this batch may have put alerts into the hold; they have waited long enough as well.
    let waiting = firing.waiting + outcome.joined.lazy.filter { $0.list == id }.map(\.alert)
    ended[id] = EndedHold(count: hold.close(waiting: waiting.count, in: &self))
    if !waiting.isEmpty { outcome.emptied.append(id) }
    return waiting.compactMap { key in
      guard let record = state[alert: key], let wait = record.waits[id] else { return nil }
      state.update(key) { $0.waits.removeAll { $0.hold == id } }
      return Pending(key, .released(id, isActive: record.isActive), ending: wait)
    }
  }
}

// MARK: - Announcing

extension PolicyRun {
  /// Passes on what no rule holds.
  mutating func announce(_ candidate: Candidate, of evaluation: inout Evaluation) {
    guard !candidate.isEnd else { return announceResolution(candidate, of: evaluation) }
    let ended = evaluation.endedWait.flatMap { $0.hold.hold.isBehind(candidate, in: rules) ? $0 : nil }
    let rule = ended.map { self.rule(of: $0, evaluation) } ?? candidate.route.rule
    announce(candidate, of: &evaluation, released: ended?.hold, rule: rule)
  }

  mutating func announce(_ candidate: Candidate, of evaluation: inout Evaluation, released: HoldID?, rule: Rule) {
    evaluation.isDecided = true
    let left = released == nil ? evaluation.released.map(trigger) : nil
    let startsCooldown = candidate.news == .fires && released?.digest == nil
    announcements.append(
      Announcement(
        candidate.news,
        evaluation.record.shown,
        on: candidate.channels,
        of: candidate.route,
        trigger: left ?? evaluation.trigger,
        rule: rule,
        released: released,
        cooldown: startsCooldown ? candidate.throttle.cooldown : nil,
        earlierWaits: evaluation.endedWait == nil ? [] : evaluation.record.waits
      )
    )
  }

  private mutating func announceResolution(_ candidate: Candidate, of evaluation: Evaluation) {
    announcements.append(
      Announcement(
        .ends,
        evaluation.record.shown,
        on: candidate.channels,
        of: candidate.route,
        trigger: evaluation.trigger,
        rule: candidate.route.resolvedRule,
        released: evaluation.released.flatMap { $0.hold.isBehind(candidate, in: rules) ? $0 : nil },
        earlierWaits: evaluation.endedWait == nil ? [] : evaluation.record.waits
      )
    )
  }

  /// What happened to an alert whose hold ended, and is not one of its route any more.
  private func trigger(leaving hold: HoldID) -> Decision.Cause.Trigger {
    if let name = hold.digest, rules.digest(name) == nil { .digestRemoved(name) } else { .left(hold) }
  }
}

// MARK: - Resolved alerts

extension PolicyRun {
  /// Nobody on the other channels is sent the alert's resolution; if nobody is, a decision says why.
  mutating func forgetOthers(than reached: Set<ChannelName>, _ evaluation: Evaluation) {
    let knowing = evaluation.record.notified.filter { $0.state != .over }
    forget(knowing.map(\.channel).filter { !reached.contains($0) }, evaluation)
    if reached.isEmpty { explainSuppression(evaluation) }
  }

  /// Nobody on these channels is sent the alert's resolution.
  private mutating func forget(_ channels: [ChannelName], _ evaluation: Evaluation) {
    let key = evaluation.alert.key
    guard !channels.isEmpty else { return }
    outcome.ended.formUnion(channels.compactMap { state[alert: key]?.earlier(on: $0) })
    state.update(key) { $0.forget(channels) }
    if state[alert: key]?.firstNotified == nil { leaveGroups(key) }
  }

  private mutating func explainSuppression(_ evaluation: Evaluation) {
    let record = evaluation.record
    guard evaluation.endedWait == nil else { return }
    let held = record.waits.first { !evaluation.waits.contains($0.hold) }
    let factor: Decision.Cause.Factor =
      if let held {
        .endedWhileHeld(by: held.hold)
      } else if record.dropped != nil {
        .neverNotified
      } else {
        record.notified.isEmpty ? .notNotifiedYet : .resolutionNotSent
      }
    let rule = record.dropped ?? evaluation.routes.first?.rule ?? Rule(path: "routes", line: 0)
    decide(record.alert, .suppress, Decision.Cause(evaluation.trigger, factor), rule)
  }
}
