// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

// Checks the deliveries and their content.
extension ExpectedState {
  mutating func create(_ record: DeliveryRecord) {
    let delivery = record.delivery
    expire()
    let text = SimulatedChannel.text(delivery.content, delivery.flags)
    note("  \(delivery.id.text.suffix(6)) \(delivery.channel): \(text) (\(delivery.reason); \(delivery.route))")
    if case .digest(let name, _) = delivery.content { checkPeriod(name, delivery.channel) }
    for alert in delivery.content.alerts where alert.source != .belfry {
      let isEnd = delivery.isResolution(of: alert.key)
      checkMutes(alert, delivery)
      if isEnd { recordEnd(alert, delivery) } else { recordStart(alert, delivery) }
    }
    for alert in delivery.content.alerts where !delivery.isResolution(of: alert.key) { open(alert, delivery) }
    countForCap(delivery)
    for alert in delivery.content.alerts {
      unsettled[alert.key, default: [:]][delivery.channel, default: []].insert(delivery.id)
    }
    deliveries[delivery.id] = DeliveryHistory(delivery: delivery, text: text)
  }

  /// The earlier deliveries about its alerts on its channel that are not known to be settled.
  func unsettled(before delivery: NewDelivery) -> Set<DeliveryID> {
    delivery.content.alerts.reduce(into: []) { found, alert in
      found.formUnion((unsettled[alert.key]?[delivery.channel] ?? []).filter { $0 < delivery.id })
    }
  }

  mutating func forget(_ delivery: NewDelivery) {
    for alert in delivery.content.alerts { unsettled[alert.key]?[delivery.channel]?.remove(delivery.id) }
  }

  /// Counts a message for the cap of its channel, and checks that it is not one too many.
  ///
  /// A digest, and a message with an alert that the cap excepts, are sent anyway.
  private mutating func countForCap(_ delivery: NewDelivery) {
    guard let cap = rules.channelCaps[delivery.channel] else { return }
    let excepted = delivery.content.alerts.count { cap.except?.contains($0.severity) == true }
    if excepted == delivery.content.alerts.count { return }
    let sent = (messages[delivery.channel] ?? []).filter { $0 + cap.per > now }
    var isDigest = false
    if case .digest = delivery.content { isDigest = true }
    if !isDigest, excepted == 0, sent.count >= cap.over {
      fault("\(delivery.channel) was sent more than \(cap.over) messages in \(cap.per.text)")
    }
    messages[delivery.channel] = sent + [now]
  }

  private mutating func checkPeriod(_ name: String, _ channel: ChannelName) {
    guard let digest = rules.digest(name) else { return fault("there is no digest \(name)") }
    let key = "\(name) \(channel)"
    if let last = digests[key], digest.schedule.next(after: last) > now {
      fault("the digest \(name) was sent twice on \(channel) in one period")
    }
    digests[key] = now
  }

  /// Checks that nothing is sent about an alert that is silenced, inhibited or in quiet hours.
  private mutating func checkMutes(_ alert: Alert, _ delivery: NewDelivery) {
    let what = "\(alert.key) in a \(delivery.content.kind) on \(delivery.channel)"
    if let silence = silencing(alert) { fault("\(what) was sent while silenced by \(silence.id)") }
    if let other = muting(alert) { fault("\(what) was sent while \(other) inhibits it") }
    if case .digest = delivery.content { return }
    if rules.channelQuiet[delivery.channel]?.holds(alert.severity, at: now) == true {
      fault("\(what) was sent in quiet hours of the channel")
    }
    // The end of an alert uses the route that sent the start, wherever the alert would go now.
    let sentRoutes = delivery.isResolution(of: alert.key) ? rules.table.routes.filter { $0.name == delivery.route } : []
    let routes = sentRoutes.isEmpty ? routes(of: alert) : sentRoutes
    if !routes.isEmpty, routes.allSatisfy({ $0.quiet?.holds(alert.severity, at: now) == true }) {
      fault("\(what) was sent in quiet hours of all its routes")
    }
  }

  private mutating func recordEnd(_ alert: Alert, _ delivery: NewDelivery) {
    if active[alert.key] != nil {
      fault("\(alert.key) was sent as resolved on \(delivery.channel), but is still firing")
    }
    lastMessages[alert.key]?[delivery.channel] = nil
  }

  private mutating func recordStart(_ alert: Alert, _ delivery: NewDelivery) {
    guard let activation = active[alert.key] else {
      // A burst lists what was sent a short while ago, as it was then; before it is sent, what has ended is marked.
      if delivery.content.isBurst { return }
      return fault(
        "\(alert.key) was sent as firing in a \(delivery.content.kind) on \(delivery.channel), but has resolved"
      )
    }
    checkOnce(alert, activation, delivery)
    // An alert from the command line can come again when its time is over, and before the ledger has ended it.
    if alert != activation.shown, !delivery.content.isBurst, alert.source != .command {
      fault("\(alert.key) was sent with outdated content")
    }
    var isFlapping = delivery.flags[alert.key]?.isFlapping == true
    if case .flapping = delivery.content { isFlapping = true }
    if delivery.content.isBurst { active[alert.key]?.bursts.insert(delivery.channel) }
    lastMessages[alert.key, default: [:]][delivery.channel] = LastMessage(
      severity: alert.severity,
      at: now,
      isFlapping: isFlapping
    )
  }

  /// Checks that nothing is sent twice.
  private mutating func checkOnce(_ alert: Alert, _ activation: Activation, _ delivery: NewDelivery) {
    guard let known = lastMessages[alert.key]?[delivery.channel], known.at >= activation.since else { return }
    switch delivery.content {
    case .reminder:
      if activation.isAcknowledged { fault("\(alert.key) was acknowledged, but a reminder was sent") }
      return
    case .flapping: if !known.isFlapping { return }
    // A burst lists its first alerts once more.
    case .burst where known.at + .seconds(600) > now: return
    default: if known.isFlapping { return }
    }
    if alert.severity.isWorse(than: known.severity) { return }
    fault("\(alert.key) was sent twice on \(delivery.channel): \(delivery.content.kind) (\(delivery.reason))")
  }

  // MARK: - Cooldowns

  /// Opens a window for sent alerts; an alert sent at once must not fall into an open one.
  private mutating func open(_ alert: Alert, _ delivery: NewDelivery) {
    switch delivery.content {
    // A cap sends what still fires and what resolved in one message without a name.
    case .alert, .burst, .followup, .group(name: "", _, _, _): break
    case .digest, .group, .reminder, .flapping, .resolved, .test: return
    }
    for route in routes(of: alert) {
      guard let (key, rule) = window(of: alert, on: route) else { continue }
      // What goes to a burst's channels stands for those of the route.
      let channels = delivery.content.isBurst ? route.to + [delivery.channel] : [delivery.channel]
      for channel in Set(channels) {
        stamp(&longest[WindowKey(hold: key, channel: channel), default: [:]][alert.severity], alert, rule)
      }
      guard case .alert = delivery.content, delivery.route == route.name, rules.flapping == nil else { continue }
      let own = WindowKey(hold: key, channel: delivery.channel)
      if let open = shortest[own], open.until > now, open.stampedBefore(now, rule),
        !alert.severity.isWorse(than: open.severity)
      {
        fault("\(alert.key) was sent to \(delivery.channel) in the cooldown \(key.text)")
      }
      stamp(&shortest[own], alert, rule)
    }
  }

  private func stamp(_ window: inout Window?, _ alert: Alert, _ rule: CooldownRule) {
    let open = window.flatMap { $0.until > now ? $0 : nil }
    var only = active[alert.key].map { (alert: alert.key, since: $0.since) }
    if let open, open.only?.alert != alert.key || open.only?.since != only?.since { only = nil }
    // A less severe alert changes nothing.
    if let open, open.severity.isWorse(than: alert.severity) { return }
    window = Window(until: now + rule.window, severity: alert.severity, only: only)
  }

  func window(of alert: Alert, on route: Route) -> (key: GroupKey, rule: CooldownRule)? {
    guard route.group == nil, let rule = route.cooldown ?? rules.cooldown, rule.window > .zero else { return nil }
    let values = rule.by.map { "\($0.name)=\($0.text(of: alert))" }.joined(separator: ",")
    return (GroupKey((route.cooldown == nil ? "" : "\(route.index):") + values), rule)
  }
}

extension ExpectedState.Window {
  /// Alerts that start together do not hold each other.
  fileprivate func stampedBefore(_ now: Instant, _ rule: CooldownRule) -> Bool { until - rule.window < now }
}

extension NewDelivery {
  func isResolution(of key: AlertKey) -> Bool {
    if case .resolved = content { return true }
    return flags[key]?.isResolved == true
  }
}

extension Notice.Content {
  var isBurst: Bool { if case .burst = self { true } else { false } }
}

extension QuietRule {
  /// Whether one of its clauses has this rule.
  func has(_ rule: Rule) -> Bool { clauses.contains { $0.rule == rule } }

  /// Whether an alert of this severity waits by any of its clauses.
  func holds(_ severity: Severity, at now: Instant) -> Bool {
    clauses.contains { $0.except?.contains(severity) != true && $0.waiting.end(at: now) != nil }
  }
}
