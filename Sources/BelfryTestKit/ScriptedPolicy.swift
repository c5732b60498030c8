// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// A policy made from a few closures: by default it sends every firing alert on one channel, and everything that waited
/// in one follow-up when its timer fires.
package struct ScriptedPolicy: PolicyDeciding {
  package typealias Decide = @Sendable (_ events: [Event], _ state: inout PolicyState, _ now: Instant) -> PolicyOutcome
  package typealias Fire =
    @Sendable (_ timer: TimerKey, _ waiting: [AlertKey], _ state: inout PolicyState, _ now: Instant) -> PolicyOutcome

  package var decide: Decide
  package var fire: Fire
  package var standing: [TimerKey: Instant]

  package init(
    decide: @escaping Decide = { events, state, now in notify(events, on: ["pager"], &state, now) },
    fire: @escaping Fire = { timer, waiting, state, now in followUp(timer, waiting, &state, now) },
    standing: [TimerKey: Instant] = [:]
  ) {
    self.decide = decide
    self.fire = fire
    self.standing = standing
  }

  package func standingTimers(at now: Instant) -> [TimerKey: Instant] { standing }

  package func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    decide(events, &state, now)
  }

  package func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    firings.reduce(into: PolicyOutcome()) { all, firing in
      let outcome = fire(firing.timer, firing.waiting, &state, now)
      all.decisions += outcome.decisions
      all.deliveries += outcome.deliveries
      all.earlier.merge(outcome.earlier) { $1 }
      all.joined += outcome.joined
      all.left += outcome.left
      all.emptied += outcome.emptied
      all.timers.merge(outcome.timers) { $1 }
    }
  }

  /// Sends firing and changed alerts, one delivery per channel.
  ///
  /// Resolved ones are ignored, unless messages about an alert are sent `inOrder`.
  package static func notify(
    _ events: [Event],
    on channels: [ChannelName],
    _ state: inout PolicyState,
    _ now: Instant,
    inOrder: Bool = false
  ) -> PolicyOutcome {
    var outcome = PolicyOutcome()
    func order(_ delivery: NewDelivery, _ record: AlertRecord) {
      guard inOrder, let known = record.notified.first(where: { $0.channel == delivery.channel }) else { return }
      outcome.earlier[delivery.id] = [EarlierDeliveries(first: known.first, last: known.last)]
    }
    for event in events {
      switch event {
      case .fired(let alert), .changed(let alert), .pushed(let alert, _):
        var record = state[alert: alert.key] ?? AlertRecord(alert: alert, firedAt: now)
        let earlier = record.notified.flatMap(\.deliveries)
        record.alert = alert
        record.isActive = true
        for channel in channels {
          let delivery = state.delivery(of: alert, on: channel, at: now, follows: earlier)
          order(delivery, record)
          record.noteNotified(by: delivery.id, on: channel, route: "r", covering: [], at: now)
          outcome.deliveries.append(delivery)
        }
        outcome.decisions.append(decision(about: alert, .notify(channels)))
        state.set(record)
      case .resolved(let key):
        guard var record = state[alert: key] else { continue }
        record.isActive = false
        record.resolvedAt = now
        let ends = inOrder ? record.openChannels : []
        for known in ends {
          var delivery = state.delivery(of: record.alert, on: known.channel, at: now, follows: known.deliveries)
          delivery.content = .resolved(record.alert)
          order(delivery, record)
          record.noteNotified(by: delivery.id, on: known.channel, route: "r", covering: [], at: now)
          outcome.deliveries.append(delivery)
        }
        state.set(record)
        outcome.decisions.append(
          decision(about: record.alert, ends.isEmpty ? .suppress : .notify(ends.map(\.channel)))
        )
      case .acknowledged, .unacknowledged, .unsilenced: break
      case .silenced(let silence): outcome.silences.append(silence)
      }
    }
    return outcome
  }

  /// Holds firing alerts in a list with a timer, and sends nothing.
  package static func hold(in list: HoldID, for wait: Duration) -> ScriptedPolicy {
    ScriptedPolicy { events, state, now in
      var outcome = PolicyOutcome()
      for case .fired(let alert) in events {
        var record = state[alert: alert.key] ?? AlertRecord(alert: alert, firedAt: now)
        record.waits.append(Wait(list))
        state.set(record)
        outcome.joined.append(.init(list: list, alert: alert.key))
        outcome.decisions.append(decision(about: alert, .hold(until: now + wait)))
      }
      outcome.timers[.list(list)] = now + wait
      return outcome
    }
  }

  package static func followUp(
    _ timer: TimerKey,
    _ waiting: [AlertKey],
    _ state: inout PolicyState,
    _ now: Instant
  ) -> PolicyOutcome {
    var outcome = PolicyOutcome()
    guard case .list(let list) = timer, let first = waiting.first.flatMap({ state[alert: $0]?.alert }) else {
      return outcome
    }
    var delivery = state.delivery(of: first, on: "pager", at: now)
    delivery.content = .followup(waiting.compactMap { state[alert: $0]?.alert }, ended: 0)
    outcome.deliveries.append(delivery)
    for key in waiting {
      guard var record = state[alert: key] else { continue }
      record.waits.removeAll { $0.hold == list }
      record.noteNotified(by: delivery.id, on: "pager", route: "r", covering: [], at: now)
      state.set(record)
      outcome.decisions.append(decision(about: record.alert, .notify(["pager"])))
    }
    outcome.emptied.append(list)
    return outcome
  }

  package static func decision(about alert: Alert, _ outcome: Decision.Outcome) -> Decision {
    Decision(
      alert: alert.key,
      severity: alert.severity,
      outcome: outcome,
      cause: Decision.Cause(.text("as scripted")),
      rule: Rule(path: "routes[0]", line: 7)
    )
  }
}

extension AlertRecord {
  /// The channels whose recipients do not know that it ended.
  fileprivate var openChannels: [NotifiedChannel] { notified.filter { $0.state != .over } }
}

extension PolicyState {
  /// A delivery of one alert with a new ID.
  package mutating func delivery(
    of alert: Alert,
    on channel: ChannelName,
    at now: Instant,
    follows: [DeliveryID] = []
  ) -> NewDelivery {
    NewDelivery(
      id: ids.next(at: now),
      channel: channel,
      content: .alert(alert),
      reason: "new alert",
      route: "routes[0]",
      severity: alert.severity,
      follows: follows
    )
  }
}

extension PolicyState {
  /// The state of a cooldown; nil if there is none.
  package subscript(cooldown key: GroupKey) -> CooldownState? { self[hold: .cooldown(key)]?.as(CooldownState.self) }
  package func set(_ state: CooldownState?, for key: GroupKey) { set(state.map { .cooldown($0) }, for: .cooldown(key)) }
}
