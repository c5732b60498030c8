// SPDX-License-Identifier: Apache-2.0

// What follows when the time of a list, or of an alert, has come.
extension Batch {
  /// A cooldown ends: what it held and is still firing is told in one follow-up a channel, and the window begins anew.
  ///
  /// What it held and the rules of today would not hold is sent through its routes again.
  mutating func endCooldown(_ key: WindowKey, waiting: [AlertKey]) {
    let list = ListKey.cooldown(key)
    var bound: [ChannelName: [(alert: Alert, route: Route)]] = [:]
    var told: (worst: Severity, rule: CooldownRule)?
    for record in release(waiting, from: list) where record.isActive {
      let routes = rules.table.resolve(record.alert, memo: &memo).compactMap { route in
        rules.cooldown(key, of: record.alert, on: route).map { (route: route, rule: $0) }
      }
      guard let first = routes.first else {
        route(record.alert, reason: "what held it no longer applies to it")
        continue
      }
      let channels = untold(record.alert, on: routes.flatMap(\.route.to))
      guard !channels.isEmpty else {
        decide(record.alert, .suppress, "its cooldown ended; it was told there before", first.rule.rule)
        continue
      }
      for channel in channels { bound[channel, default: []].append((record.alert, first.route)) }
      told = (min(told?.worst ?? record.alert.severity, record.alert.severity), first.rule)
      decide(record.alert, .notify(channels), "its cooldown ended and it still fires", first.rule.rule)
    }
    let ended = state[window: key]?.ended ?? 0
    for (channel, tellings) in bound.sorted(by: { $0.key < $1.key }) {
      let content = Notice.Content.followup(tellings.map(\.alert).worstFirst, ended: ended)
      deliver(content, to: channel, "window ended", tellings[0].route.name)
    }
    restart(key, after: told)
  }

  /// Opens a window anew when its follow-up told something; else it is gone, unless it was opened anew meanwhile.
  private mutating func restart(_ key: WindowKey, after told: (worst: Severity, rule: CooldownRule)?) {
    var window = state[window: key].flatMap { $0.isOpen(at: now) ? $0 : nil }
    if let told {
      window = cooldown.stamped(window, with: told.worst, by: told.rule, at: now)
      window?.ended = 0
    }
    state.set(window, for: key)
    outcome.timers[.list(.cooldown(key))] = .some(window?.until)
  }

  /// A digest goes out: one notice with everything that joined it, also what has resolved since.
  ///
  /// An empty one sends nothing.
  mutating func flushDigest(_ name: String, waiting: [AlertKey]) {
    let records = release(waiting, from: .digest(name))
    guard let digest = rules.digest(name) else {
      outcome.timers[.list(.digest(name))] = .some(nil)
      return disband(records)
    }
    outcome.timers[.list(.digest(name))] = .some(digest.schedule.next(after: now))
    guard !records.isEmpty else { return }
    let alerts = records.map(\.alert).worstFirst
    for channel in digest.to.distinct {
      deliver(.digest(name: name, alerts), to: channel, "digest \(name)", digest.rule.path)
    }
    for alert in alerts { decide(alert, .notify(digest.to.distinct), "in the digest \(name)", digest.rule) }
  }

  /// Their digest is no longer in the file: what still fires goes where the file now says.
  private mutating func disband(_ records: [AlertRecord]) {
    for record in records {
      if record.isActive {
        route(record.alert, reason: "its digest is no longer in the file")
      } else {
        let reason = "resolved, and its digest is no longer in the file"
        decide(record.alert, .suppress, reason, Rule(path: "digests", line: 0))
      }
    }
  }

  /// Nobody said for a long time that it is still active.
  mutating func expire(_ key: AlertKey) { end(key, "not said again for \(Batch.commandLifetime.text)") }

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

extension PolicyRules {
  /// The cooldown of a route, when it is this window that would hold the alert there.
  fileprivate func cooldown(_ key: WindowKey, of alert: Alert, on route: Route) -> CooldownRule? {
    guard case .cooldown(key, let rule) = throttle(alert, on: route) else { return nil }
    return rule
  }
}
