// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Collects alerts until the next time of a digest.
///
/// It remembers nothing: its alerts are in its list.
struct DigestHold: Hold {
  static let name = "digest"

  let key: ExactText
  init(key: ExactText) { self.key = key }
  init(_ name: String) { self.key = ExactText(name) }

  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun) {
    guard case .digest(let digest, let rule) = candidate.throttle else { return }
    var own = candidate
    if candidate.isEnd {
      // The channels of other rules are sent the resolution at once.
      own.channels = candidate.takeChannels { digest.to.contains($0) }
      candidate.throttle = .none
      if own.channels.isEmpty { return }
    } else {
      own.channels = candidate.takeChannels()
    }
    let hold = DigestHold(digest.name)
    guard evaluation.released == hold.id else {
      let next = digest.schedule.next(after: run.now)
      return run.hold(&evaluation, by: Holding(hold: hold.id, until: next, rule: rule), for: own.channels)
    }
    // A digest has its own schedule: no rule after it holds its alerts.
    if own.isEnd {
      run.announce(own, of: &evaluation)
    } else {
      run.announce(own, of: &evaluation, released: hold.id, rule: digest.rule)
    }
  }

  /// What has an alert wait is the rule by which it joins the digest.
  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? { rules.digest(key.text)?.rule }

  func end(_ firing: Firing, in run: inout PolicyRun) -> [Pending] {
    let name = key.text
    run.outcome.timers[firing.timer] = .some(run.rules.digest(name)?.schedule.next(after: run.now))
    let pending = run.endHold(self, firing)
    if let due = firing.due, due + .seconds(60) < run.now { run.ended[id]?.due = due }
    // Alerts that fired and resolved are sent as resolved.
    return pending.filter { one in
      guard let record = run.state[alert: one.key], !record.isActive, record.firstNotified == nil else { return true }
      announceResolved(record, in: &run)
      return false
    }
  }

  /// Announces an alert that joined the digest and resolved before anyone was notified.
  private func announceResolved(_ record: AlertRecord, in run: inout PolicyRun) {
    let name = key.text
    guard let digest = run.rules.digest(name) else {
      let cause = Decision.Cause(.resolved, .noDigest)
      return run.decide(record.alert, .suppress, cause, Rule(path: "digests", line: 0))
    }
    let routes = run.rules.table.resolve(record.alert, memo: &run.memo)
    guard let route = routes.first(where: { !$0.drops }) ?? run.rules.table.routes.first else { return }
    // It resolved, so nothing is sent about it later either.
    switch run.muting(record.alert) {
    case .hold(let holding):
      let cause = Decision.Cause(.resolvedBefore(digest: name), holding.factor)
      return run.decide(record.alert, .suppress, cause, holding.rule)
    case .drop(let holding, let silence):
      let cause = Decision.Cause(.resolvedBefore(digest: name), .dropped(by: silence, detail: holding.detail))
      return run.decide(record.alert, .suppress, cause, holding.rule)
    case nil: break
    }
    run.announcements.append(
      Announcement(
        .ends,
        record.shown,
        on: digest.to.distinct,
        of: route,
        trigger: .released(id, isActive: false),
        rule: digest.rule,
        released: id
      )
    )
  }

  /// Sends one message with all alerts of the digest, including those that resolved since they joined it.
  func notify(_ announcements: [Announcement], in run: inout PolicyRun) {
    let digest = run.rules.digest(key.text)
    let cause = MessageCause.released(id, due: run.ended[id]?.due)
    var ids: [ChannelName: DeliveryID] = [:]
    let messages = run.messages(announcements, isLimited: false)
    for channel in digest?.to.distinct ?? [] {
      guard let group = messages.first(where: { $0.channel == channel })?.announcements else { continue }
      let alerts = digest?.ordered(group.map(\.alert)) ?? []
      var message = Message(.digest(name: key.text, alerts), cause, digest?.rule.path ?? "")
      message.flags = run.flags(of: group)
      ids[channel] = run.send(message, to: channel, group)
    }
    run.decideNotified(announcements, messages, by: ids)
  }

  func due(_ due: Instant, after step: ClockStep, _ longest: LongestWaits) -> Instant {
    // Its schedule sets it again; see `Ledger.adopt`.
    due
  }
}

extension HoldID {
  package static func digest(_ name: String) -> HoldID { HoldID(DigestHold(name)) }
  package var digest: String? { self.as(DigestHold.self)?.key.text }
}
