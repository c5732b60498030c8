// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Holds messages to a channel that exceed a number in some time, after all other rules let them pass.
///
/// It counts messages, not alerts: a summary, a digest and a follow-up are one each. A digest is never held, because it is one
/// message and has its own schedule.
struct CapHold: Hold {
  typealias State = CapState
  static let name = "cap"
  static let isLast = true

  let scope: CapScope
  var key: ExactText { ExactText(scope.text) }

  init(_ scope: CapScope) { self.scope = scope }
  init(key: ExactText) { scope = CapScope(text: key.text) ?? .route(key.text, "") }
  static func isKey(_ key: ExactText) -> Bool { CapScope(text: key.text) != nil }

  /// Keeps an alert waiting that is evaluated only because another hold ended: its own end sends it with the others.
  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun) {
    guard evaluation.endedWait != nil, !evaluation.record.waits.isEmpty else { return }
    for channel in candidate.channels {
      for scope in [CapScope.channel(channel), .route(candidate.route.identity, channel)] {
        let id = CapHold(scope).id
        guard evaluation.record.waits.contains(id), let rule = run.rules.cap(scope),
          rule.except?.contains(evaluation.alert.severity) != true, let due = run.state[CapHold(scope)]?.due
        else { continue }
        let holding = Holding(hold: id, detail: rule.text, until: due, rule: rule.rule)
        run.hold(&evaluation, by: holding, for: candidate.takeChannels { $0 == channel })
        break
      }
    }
  }

  // MARK: Messages

  static func holding(_ message: [Announcement], on channel: ChannelName, in run: inout PolicyRun) -> Holding? {
    for (hold, rule) in caps(of: message, to: channel, run.rules) {
      // If an alert is sent anyway, the others cost no further message.
      guard message.allSatisfy({ hold.covers($0.route) && !rule.isExcepted($0) }) else { continue }
      var state = run.state[hold] ?? CapState()
      let room = state.room(under: rule, at: run.now)
      // New alerts wait behind those that wait already.
      let due = message.contains { $0.released == hold.id } ? room : state.due ?? room
      guard let due else { continue }
      if state.due != due {
        state.due = due
        run.state.set(state, for: hold)
        run.outcome.timers[.list(hold.id)] = .some(due)
      }
      return Holding(hold: hold.id, detail: rule.text, until: due, rule: rule.rule)
    }
    return nil
  }

  static func noteSent(_ message: [Announcement], on channel: ChannelName, in run: inout PolicyRun) {
    for (hold, rule) in caps(of: message, to: channel, run.rules) {
      guard message.contains(where: { hold.covers($0.route) && !rule.isExcepted($0) }) else { continue }
      var state = run.state[hold] ?? CapState()
      state.sent = (state.sent + [run.now]).suffix(rule.over)
      run.state.set(state, for: hold)
      if state.due == nil { run.outcome.timers[.list(hold.id)] = .some(run.now + rule.per) }
    }
  }

  static func countsWithinRun(_ rules: PolicyRules) -> Bool { !rules.caps.isEmpty }

  /// The caps that count a message: that of the channel, and those of the routes.
  private static func caps(of message: [Announcement], to channel: ChannelName, _ rules: PolicyRules)
    -> [(hold: CapHold, rule: CapRule)]
  {
    var caps: [(CapHold, CapRule)] = []
    if let rule = rules.channelCaps[channel] { caps.append((CapHold(.channel(channel)), rule)) }
    for (index, announcement) in message.enumerated() {
      let route = announcement.route
      guard let rule = route.cap, !message[..<index].contains(where: { $0.route.index == route.index }) else {
        continue
      }
      caps.append((CapHold(.route(route.identity, channel)), rule))
    }
    return caps
  }

  private func covers(_ route: Route) -> Bool {
    switch scope {
    case .channel: true
    case .route(let identity, _): route.identity == identity
    }
  }

  // MARK: One hold

  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? { rules.cap(scope)?.rule }

  func isBehind(_ candidate: Candidate, in rules: PolicyRules) -> Bool {
    candidate.channels.contains(scope.channel) && covers(candidate.route)
  }

  func pauses(_ check: AlertCheck) -> Bool { check.channel == scope.channel && covers(check.route) }

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
    if let rule = run.rules.cap(scope) {
      let now = run.now
      state.sent.removeAll { $0 + rule.per <= now }
      if let last = state.sent.last { run.outcome.timers[.list(id)] = .some(last + rule.per) }
    } else {
      state.sent = []
    }
    run.state.set(state.sent.isEmpty ? nil : state, for: self)
    return ended
  }

  /// Sends everything that waited in one message a channel: what still fires, and what resolved.
  func notify(_ announcements: [Announcement], in run: inout PolicyRun) {
    defer { enterGroups(announcements, in: &run) }
    let resolved = announcements.count { $0.news == .ends }
    guard resolved > 0, resolved < announcements.count else { return run.sendFollowUp(id, announcements) }
    for (channel, group) in run.messages(announcements) {
      let isMixed = Set(group.map { $0.news == .ends }).count > 1
      guard isMixed else {
        run.sendFollowUp(id, group.map { $0.on([channel]) }, isLimited: false)
        continue
      }
      let ended = run.ended[id]?.count(on: channel) ?? 0
      let content = Notice.Content.group(name: "", group.map(\.alert).worstFirst, firing: 0, ended: ended)
      var message = Message(content, .released(id, due: nil), group[0].route.name)
      message.flags = run.flags(of: group)
      let delivery = run.send(message, to: channel, group)
      for announcement in group { run.decideNotified(announcement, on: channel, by: delivery) }
    }
  }

  /// The alerts that the follow-up sent count among those of their groups that were sent.
  private func enterGroups(_ announcements: [Announcement], in run: inout PolicyRun) {
    for one in announcements where one.news != .ends && !run.isKeptBack(one) {
      guard let rule = one.route.group else { continue }
      GroupHold(one.alert, rule, on: one.route).noteSent(one.alert.key, rule, in: &run)
    }
  }
}

extension HoldID {
  package static func cap(_ scope: CapScope) -> HoldID { HoldID(CapHold(scope)) }
  package var cap: CapScope? { self.as(CapHold.self)?.scope }
}
