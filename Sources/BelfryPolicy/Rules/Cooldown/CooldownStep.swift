// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Holds an alert back if a similar one was sent recently, unless this one is more severe.
struct CooldownHold: Hold {
  typealias State = CooldownState
  static let name = "cooldown"

  let key: ExactText
  init(key: ExactText) { self.key = key }
  init(_ key: GroupKey) { self.key = key.exact }
  /// The cooldown of an alert on a route: a route's own rule has cooldowns of its own, those of the file's rule are shared.
  init(_ alert: Alert, _ rule: CooldownRule, on route: Route) {
    self.init(rule.key(for: alert, scope: route.cooldown == nil ? "" : route.identity))
  }

  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun) {
    guard case .cooldown(let hold, let rule) = candidate.throttle, candidate.news == .fires,
      // As it was when the round began: alerts that fire together do not hold each other.
      let state = run.state.atStart(hold)
    else { return }
    let record = evaluation.record
    let released = evaluation.released == hold.id ? run.ended[hold.id]?.countByChannel : nil
    let passed = evaluation.passed(candidate, in: run.rules)
    var until: Instant?
    let held = candidate.channels.filter { channel in
      if released?[channel] != nil || passed.contains(channel) { return false }
      let windows = state.windows(holding: channel, of: candidate.route)
      guard
        let window = windows.first(where: { !$0.isOnly(of: record) && $0.holds(record.alert.severity, at: run.now) })
      else { return false }
      hold.open(like: window, for: channel, in: &run)
      until = min(until ?? window.until, window.until)
      return true
    }
    guard !held.isEmpty else { return }
    candidate.channels.removeAll { held.contains($0) }
    run.hold(&evaluation, by: Holding(hold: hold.id, until: until, rule: rule.rule), for: held)
  }

  /// Gives a channel a window of its own, if an alert that was sent on another channel holds one there.
  private func open(like other: CooldownWindow, for channel: ChannelName, in run: inout PolicyRun) {
    var state = run.state[self] ?? CooldownState()
    let known = state[channel]
    guard known.map({ !$0.isOpen(at: run.now) }) ?? true else { return }
    var window = CooldownWindow(until: other.until, severity: other.severity, release: known?.release)
    (window.only, window.onlySince) = (other.only, other.onlySince)
    window.ended = known?.ended ?? 0
    state.windows[channel] = window
    save(state, in: &run)
  }

  private func save(_ state: CooldownState, in run: inout PolicyRun) {
    run.state.set(state, for: self)
    run.outcome.timers[.list(id)] = .some(state.nextRelease)
  }

  static func countsWithinRun(_ rules: PolicyRules) -> Bool {
    rules.table.routes.contains { rules.cooldown(of: $0) != nil }
  }

  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? {
    routes.lazy.compactMap { route in
      rules.cooldown(of: route).flatMap { CooldownHold(alert, $0, on: route).key == key ? $0.rule : nil }
    }.first
  }

  // MARK: Waiting

  func join(_ channels: [ChannelName], known: [Wait], in run: inout PolicyRun) {
    // If an older Belfry counted it, the channels are not known.
    guard var state = run.state[self], !known.contains(where: \.channels.isEmpty) else { return }
    let new = channels.filter { channel in !known.contains { $0.channels.contains(channel) } }
    guard !new.isEmpty else { return }
    state.update(new) { $0.held += 1 }
    run.state.set(state, for: self)
  }

  func countEnded(_ count: Int, for channels: [ChannelName], in run: inout PolicyRun) {
    guard var state = run.state[self] else { return }
    state.update(channels) { $0.ended += count }
    run.state.set(state, for: self)
  }

  func takeOver(_ ended: EndedHold, from other: HoldID, for channels: [ChannelName], in run: inout PolicyRun) {
    for channel in channels {
      let count = ended.count(on: channel)
      guard count > 0, run.carried.insert(PolicyRun.Carry(from: other, to: id, on: channel)).inserted else { continue }
      guard var state = run.state[self] else { continue }
      state.update([channel]) {
        $0.held += count
        $0.ended += count
      }
      run.state.set(state, for: self)
    }
  }

  // MARK: Its end

  /// Ends it for the channels whose windows are due; an alert that also waits for other channels continues to.
  func end(_ firing: Firing, in run: inout PolicyRun) -> [Pending] {
    let waiting = firing.waiting + run.outcome.joined.lazy.filter { $0.list == id }.map(\.alert)
    let before = run.state[self] ?? CooldownState()
    var state = before
    let ended = state.release(at: run.now)
    run.ended[id] = EndedHold(count: ended.shared, countByChannel: ended.ended)
    if before != state || state.isEmpty { run.state.set(state.isEmpty ? nil : state, for: self) }
    if let next = state.nextRelease { run.outcome.timers[.list(id)] = .some(next) }
    var gone: [PolicyOutcome.Membership] = []
    var pending: [Pending] = []
    for key in waiting {
      guard let record = run.state[alert: key], let wait = record.waits[id] else {
        gone.append(PolicyOutcome.Membership(list: id, alert: key))
        continue
      }
      let rest = before.rest(of: wait, at: run.now)
      guard rest != wait else { continue }
      run.state.update(key) { $0.waits = $0.waits.compactMap { $0.hold == id ? rest : $0 } }
      if rest == nil { gone.append(PolicyOutcome.Membership(list: id, alert: key)) }
      pending.append(Pending(key, .released(id, isActive: record.isActive), ending: wait))
    }
    if gone.count < waiting.count {
      run.outcome.left += gone
    } else if !gone.isEmpty {
      run.outcome.emptied.append(id)
    }
    return pending
  }

  // MARK: What it starts with

  /// How many similar alerts wait on a channel when this one is sent there in spite of the cooldown.
  func suppressed(on channel: ChannelName, in run: PolicyRun) -> Int {
    guard let window = run.state.atStart(self)?[channel], window.isOpen(at: run.now) else { return 0 }
    return max(0, window.held - window.ended)
  }

  /// Starts it on these channels, because the alert was sent there.
  ///
  /// A window in which a more severe one was sent stays as it is: if it started again, what is as severe as that one
  /// would wait because of what is not.
  func start(_ rule: CooldownRule, with alert: Alert, on channels: [ChannelName], in run: inout PolicyRun) {
    guard !channels.isEmpty else { return }
    var state = run.state[self] ?? CooldownState()
    let since = run.state[alert: alert.key]?.firedAt
    let only = since.map { _ in alert.key }
    for channel in channels.distinct {
      let known = state[channel].flatMap { $0.isOpen(at: run.now) ? $0 : nil }
      if known?.severity.isWorse(than: alert.severity) == true { continue }
      var window = rule.stamped(state[channel], with: alert.severity, at: run.now)
      // What was sent before and is less severe would not hold it, so it does not count.
      let isOnly =
        known.map { alert.severity.isWorse(than: $0.severity) || $0.only == only && $0.onlySince == since } ?? true
      (window.only, window.onlySince) = isOnly ? (only, since) : (nil, nil)
      state.windows[channel] = window
    }
    save(state, in: &run)
  }
}

extension HoldID {
  package static func cooldown(_ key: GroupKey) -> HoldID { HoldID(CooldownHold(key)) }
  package var cooldown: GroupKey? { self.as(CooldownHold.self).map { GroupKey($0.key) } }
}
