// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Sends alerts that share some values together: the first one waits for others, later ones for the next message.
struct GroupHold: Hold {
  typealias State = GroupState
  static let name = "group"

  let key: ExactText
  init(key: ExactText) { self.key = key }
  init(_ key: GroupKey) { self.key = key.exact }
  init(_ alert: Alert, _ rule: GroupRule, on route: Route) {
    self.init(rule.key(for: alert, scope: route.identity))
  }

  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun) {
    guard case .group(let hold, let rule) = candidate.throttle, evaluation.released != hold.id else { return }
    let passed = evaluation.passed(candidate, in: run.rules)
    let channels = passed.isEmpty ? candidate.takeChannels() : candidate.takeChannels { !passed.contains($0) }
    if channels.isEmpty { return }
    var state = run.state[hold] ?? GroupState()
    // If this run already sends a message of the group, the alert is in the next one.
    let isSent = state.due == nil && run.announcements.contains { $0.released == hold.id }
    let due = isSent ? run.now + rule.every : rule.due(state, at: run.now)
    if state.due != due {
      state.due = due
      run.state.set(state, for: hold)
      run.outcome.timers[.list(hold.id)] = .some(due)
    }
    let holding = Holding(hold: hold.id, detail: rule.name(for: evaluation.alert), until: due, rule: rule.rule)
    run.hold(&evaluation, by: holding, for: channels)
  }

  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? {
    routes.first { route in route.group.map { GroupHold(alert, $0, on: route).key == key } ?? false }?.group?.rule
  }

  func countEnded(_ count: Int, for channels: [ChannelName], in run: inout PolicyRun) {
    guard var state = run.state[self] else { return }
    state.ended += count
    run.state.set(state, for: self)
  }

  func close(waiting: Int, in run: inout PolicyRun) -> Int {
    guard var state = run.state[self] else { return 0 }
    let ended = state.ended
    state.due = nil
    state.ended = 0
    let isOver = waiting == 0 && state.firing == 0 && state.restsUntil.map { $0 <= run.now } ?? true
    run.state.set(isOver ? nil : state, for: self)
    // Another rule may keep what waited. Unless the group's message is sent now, which sets a later time, it is over then.
    if waiting > 0, state.firing == 0 {
      run.outcome.timers[.list(id)] = .some(max(run.now, state.restsUntil ?? run.now))
    }
    return ended
  }

  /// Sends the alerts that fired and resolved since the group's last message.
  func notify(_ announcements: [Announcement], in run: inout PolicyRun) {
    guard let rule = announcements[0].route.group else { return }
    let known = run.state[self]
    let isFirst = known.map { $0.restsUntil == nil } ?? true
    let messages = run.messages(announcements)
    guard !messages.isEmpty || announcements.allSatisfy({ !run.isKeptBack($0) }) else {
      return run.decideNotified(announcements, [], by: [:])
    }
    for announcement in announcements where announcement.news != .ends && !run.isKeptBack(announcement) {
      enter(announcement.alert.key, in: &run)
    }
    let ended = announcements.count { $0.news == .ends }
    let firing = max(0, (run.state[self]?.firing ?? 0) - ended)
    let cause = MessageCause.group(begun: announcements.count - ended, ended: ended, firing: firing, isFirst: isFirst)
    let flags = run.flags(of: announcements)
    var ids: [ChannelName: DeliveryID] = [:]
    for (channel, group) in messages {
      let content = Notice.Content.group(
        name: rule.name(for: announcements[0].alert),
        group.map(\.alert).worstFirst,
        firing: firing,
        ended: run.ended[id]?.count ?? 0
      )
      var message = Message(content, cause, announcements[0].route.name)
      message.flags = flags
      message.follows = run.state[self]?.thread[channel] ?? []
      message.group = GroupIdentity(key: key.text, labels: rule.labels(of: announcements[0].alert))
      ids[channel] = run.send(message, to: channel, group)
    }
    var state = run.state[self] ?? GroupState()
    state.restsUntil = run.now + rule.every
    for (channel, id) in ids { state.thread.add(id, on: channel) }
    run.state.set(state, for: self)
    run.outcome.timers[.list(id)] = .some(run.now + rule.every)
    run.decideNotified(announcements, messages, by: ids)
  }

  /// Counts an alert that was sent among those of the group that fire.
  func enter(_ alert: AlertKey, in run: inout PolicyRun) {
    let group = GroupKey(key)
    guard run.state[alert: alert]?.groups.contains(group) == false else { return }
    var state = run.state[self] ?? GroupState()
    state.firing += 1
    run.state.set(state, for: self)
    run.state.update(alert) { $0.groups.append(group) }
  }

  /// Notes that another rule's message sent an alert of the group: the group's next message follows as after its own.
  func noteSent(_ alert: AlertKey, _ rule: GroupRule, in run: inout PolicyRun) {
    enter(alert, in: &run)
    var state = run.state[self] ?? GroupState()
    state.restsUntil = run.now + rule.every
    run.state.set(state, for: self)
    if state.due == nil { run.outcome.timers[.list(id)] = state.restsUntil }
  }
}

extension PolicyRun {
  /// An alert no longer counts among those of its groups that fire.
  mutating func leaveGroups(_ key: AlertKey) {
    guard let groups = state[alert: key]?.groups, !groups.isEmpty else { return }
    for group in groups.map({ GroupHold($0) }) {
      guard var record = state[group] else { continue }
      record.firing = max(0, record.firing - 1)
      // A group that is over is forgotten when its next message could have been sent.
      if record.firing == 0, record.due == nil {
        outcome.timers[.list(group.id)] = .some(max(now, record.restsUntil ?? now))
      }
      state.set(record, for: group)
    }
    state.update(key) { $0.groups = [] }
  }
}

extension HoldID {
  package static func group(_ key: GroupKey) -> HoldID { HoldID(GroupHold(key)) }
  package var group: GroupKey? { self.as(GroupHold.self).map { GroupKey($0.key) } }
}
