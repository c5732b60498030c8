// SPDX-License-Identifier: Apache-2.0

// What follows when the time of a list has come.
extension Batch {
  /// A cooldown ends: what it held and is still firing is told in one follow-up a channel, and the window begins anew.
  mutating func endCooldown(_ key: WindowKey, waiting: [AlertKey]) {
    let list = ListKey.cooldown(key)
    let held = release(waiting, from: list).filter(\.isActive)
    let ended = state[window: key]?.ended ?? 0
    state.set(nil, for: key)
    var bound: [ChannelName: [(alert: Alert, route: Route)]] = [:]
    var worst: Severity?
    var rule: CooldownRule?
    for record in held {
      let routes = rules.table.resolve(record.alert, memo: &memo).filter {
        cooldown.key(for: record.alert, on: $0) == key && !$0.to.isEmpty
      }
      guard let first = routes.first else {
        // The rule that held it is gone from the file: it is told as the file now says.
        route(record.alert, reason: "held by a cooldown that is no longer in the file")
        continue
      }
      rule = rule ?? cooldown.rule(for: first)
      worst = min(worst ?? record.alert.severity, record.alert.severity)
      var seen: Set<ChannelName> = []
      let channels = routes.flatMap(\.to).filter { seen.insert($0).inserted }
      for channel in channels { bound[channel, default: []].append((record.alert, first)) }
      let decided = cooldown.rule(for: first)?.rule ?? first.rule
      decide(record.alert, .notify(channels), "its cooldown ended and it still fires", decided)
    }
    for (channel, tellings) in bound.sorted(by: { $0.key < $1.key }) {
      let alerts = tellings.map(\.alert).sorted { ($0.severity, $0.key) < ($1.severity, $1.key) }
      deliver(
        .followup(alerts, ended: ended),
        about: alerts.map(\.key),
        to: channel,
        "window ended",
        tellings[0].route.name
      )
    }
    if let worst, let rule { state.set(CooldownWindow(until: now + rule.window, severity: worst), for: key) }
  }

  /// A digest goes out: one notice with everything that joined it, also what has resolved since.
  ///
  /// An empty one sends nothing.
  mutating func flushDigest(_ name: String, waiting: [AlertKey]) {
    let records = release(waiting, from: .digest(name))
    guard let digest = rules.digest(name) else {
      for record in records where record.isActive {
        route(record.alert, reason: "its digest is no longer in the file")
      }
      for record in records where !record.isActive {
        decide(
          record.alert,
          .suppress,
          "resolved, and its digest is no longer in the file",
          Rule(path: "digests", line: 0)
        )
      }
      outcome.timers[.list(.digest(name))] = .some(nil)
      return
    }
    outcome.timers[.list(.digest(name))] = .some(digest.schedule.next(after: now))
    guard !records.isEmpty else { return }
    let alerts = records.map(\.alert).sorted { ($0.severity, $0.key) < ($1.severity, $1.key) }
    for channel in digest.to {
      deliver(.digest(name: name, alerts), about: alerts.map(\.key), to: channel, "digest \(name)", digest.rule.path)
    }
    for alert in alerts { decide(alert, .notify(digest.to), "in the digest \(name)", digest.rule) }
  }

  /// Empties a list: its alerts no longer wait in it.
  private mutating func release(_ waiting: [AlertKey], from list: ListKey) -> [AlertRecord] {
    outcome.emptied.append(list)
    return waiting.compactMap { key in
      guard var record = state[alert: key], record.waits.contains(list) else { return nil }
      record.waits.removeAll { $0 == list }
      state.set(record)
      return record
    }
  }
}
