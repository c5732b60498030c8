// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

// Checks the decisions about alerts.
extension ExpectedState {
  mutating func decide(_ recorded: RecordedDecision) {
    let decision = recorded.decision
    note("  \(decision.text)")
    expire()
    if case .notify(let channels) = decision.outcome { check(decision, channels) }
    // This decision replaces all earlier deadlines that have passed.
    deadlines[decision.alert]?.keep { $0 > now }
    if case .suppress = decision.outcome, case .silence = decision.rule { active[decision.alert]?.isDiscarded = true }
    guard case .hold(let until) = decision.outcome, let activation = active[decision.alert] else { return }
    guard case .held(let hold, _) = decision.cause.factor else {
      return fault("\(decision.alert) is held, but its decision names no hold")
    }
    if let until, until > now { deadlines[decision.alert, default: [:]][hold] = until }
    checkRule(decision, hold)
    if hold.cooldown != nil { checkCooldown(activation.alert) }
    if hold.quiet != nil { checkQuiet(activation.alert) }
    if hold.silence != nil, silencing(activation.alert) == nil {
      fault("\(decision.alert) is held by a silence that is not active")
    }
  }

  /// Checks that the decision names the rule that made the hold.
  private mutating func checkRule(_ decision: Decision, _ hold: HoldID) {
    if !isRight(decision.rule, hold) {
      fault(
        "\(decision.alert) is held in \(hold), but the decision names \(decision.rule), which did not make that hold"
      )
    }
  }

  private func isRight(_ rule: Rule, _ hold: HoldID) -> Bool {
    if let key = hold.cooldown { return rule == rules.cooldown?.rule || isOwn(key) { $0.cooldown?.rule == rule } }
    if let key = hold.group { return isOwn(key) { $0.group?.rule == rule } }
    if let key = hold.burst {
      return key.text.isEmpty ? rule == rules.burst?.rule : isOwn(key) { $0.burst?.rule == rule }
    }
    if let id = hold.silence { return rule == .silence(id) }
    switch hold.cap {
    case .channel(let channel): return rule == rules.channelCaps[channel]?.rule
    case .route(let identity, _):
      return rules.table.routes.contains { $0.identity == identity && $0.cap?.rule == rule }
    case nil: break
    }
    return switch hold.quiet {
    case .channel(let channel): rules.channelQuiet[channel]?.has(rule) == true
    case .route(let identity): rules.table.routes.contains { $0.identity == identity && $0.quiet?.has(rule) == true }
    case nil: true
    }
  }

  /// Whether the key belongs to a route with such a rule.
  private func isOwn(_ key: GroupKey, _ isOf: (Route) -> Bool) -> Bool {
    rules.table.routes.contains { isOf($0) && key.text.utf8.starts(with: $0.identity.utf8) }
  }

  private mutating func check(_ decision: Decision, _ channels: [ChannelName]) {
    let sent = decision.deliveries.compactMap { deliveries[$0]?.delivery }
    if sent.map(\.channel) != channels || channels.isEmpty {
      fault("\(decision.alert) should be sent on \(channels), but its deliveries are on \(sent.map(\.channel))")
    }
    for delivery in sent where !delivery.content.alerts.contains(where: { $0.key == decision.alert }) {
      fault("\(decision.alert) should be sent by \(delivery.id), which does not contain it")
    }
  }

  /// Checks that a window holds only alerts that are no more severe than one sent in it.
  private mutating func checkCooldown(_ alert: Alert) {
    let isHeld = routes(of: alert).contains { route in
      guard let (key, _) = window(of: alert, on: route) else { return false }
      // What other routes sent elsewhere holds too, where routes share the cooldown.
      let windows = longest.filter { $0.key.hold == key }.values.flatMap(\.values)
      return windows.contains { open in
        guard open.until > now else { return false }
        // Its own messages do not hold it, unless it resolved in the meantime and fires again.
        if let only = open.only, only.alert == alert.key, only.since == active[alert.key]?.since { return false }
        return !alert.severity.isWorse(than: open.severity)
      }
    }
    if !isHeld { fault("\(alert.severity) \(alert.key) is held by a cooldown that no alert as severe started") }
  }

  private mutating func checkQuiet(_ alert: Alert) {
    let hours = routes(of: alert).flatMap { route in [route.quiet] + route.to.map { rules.channelQuiet[$0] } }
    let escalated = routes(of: alert).flatMap(\.escalations).flatMap(\.to).map { rules.channelQuiet[$0] }
    if !(hours + escalated).contains(where: { $0?.holds(alert.severity, at: now) == true }) {
      fault("\(alert.severity) \(alert.key) is held by quiet hours that do not apply to it")
    }
  }

  /// Checks that no alert is still waiting after the end of its hold.
  mutating func checkDeadlines(_ record: AlertRecord) {
    for (hold, until) in deadlines[record.alert.key] ?? [:] {
      // A more severe alert sent in the meantime restarts the window, and each channel has one.
      var grace = Duration.seconds(60)
      if hold.cooldown != nil { grace = .seconds(8 * 3600) }
      guard until + grace < now, record.holds.contains(hold) else { continue }
      fault("\(record.alert.key) was due at \(until.iso8601) in \(hold), but is still waiting there")
    }
  }
}

extension [HoldID: Instant] {
  fileprivate mutating func keep(_ isKept: (Instant) -> Bool) { self = filter { isKept($0.value) } }
}

extension Decision {
  fileprivate var text: String {
    let until = if case .hold(let until?) = outcome { " until \(until.iso8601)" } else { "" }
    return "\(outcome.name) \(severity) \(alert)\(until): \(reason) (\(rule))"
  }
}

// MARK: - Attempts

extension ExpectedState {
  mutating func lease(_ leased: LeasedDelivery) {
    guard let history = deliveries[leased.delivery.id] else {
      return fault("\(leased.delivery.id) was leased, but no decision made it")
    }
    if history.isSettled { fault("\(leased.delivery.id) was leased again after it was settled") }
    if history.token >= leased.token { fault("\(leased.delivery.id) was leased twice with the token \(leased.token)") }
    if leased.delivery != history.delivery { rewrite(history, as: leased.delivery) }
    if leased.memory.isCertain, leased.progress == nil { checkNews(leased.delivery) }
    deliveries[leased.delivery.id]?.token = leased.token
    deliveries[leased.delivery.id]?.isLeased = true
  }

  /// Checks that a message that cannot have arrived does not say that an alert fires which has ended, unless a message
  /// about its end is still to come.
  private mutating func checkNews(_ delivery: NewDelivery) {
    switch delivery.content {
    case .alert, .burst, .flapping, .followup, .group, .reminder: break
    case .digest, .resolved, .test: return
    }
    let channel = delivery.forwardings.first?.from ?? delivery.channel
    let over = delivery.content.alerts.filter { alert in
      // Belfry ends its own alerts, and those from the command line, at times that are not modelled here.
      alert.source != .belfry && alert.source != .command && active[alert.key] == nil
        && !delivery.isResolution(of: alert.key) && !isEndOwed(of: alert.key, on: channel)
    }
    for alert in over { fault("\(delivery.id) is to be sent and says that \(alert.key) fires, but that is over") }
  }

  /// Whether a message about the end of an alert may still come on a channel: there was none, and a route sends some there.
  private func isEndOwed(of alert: AlertKey, on channel: ChannelName) -> Bool {
    guard lastMessages[alert]?[channel] != nil else { return false }
    return rules.table.routes.contains { route in
      let others = route.escalations.flatMap(\.to) + ((route.burst ?? rules.burst)?.to ?? [])
      return route.sendsResolution(on: channel) && (route.to + others).contains(channel)
    }
  }

  /// Checks that a message says something else than before only because some of its alerts have ended, and only if it
  /// cannot have arrived.
  private mutating func rewrite(_ history: DeliveryHistory, as delivery: NewDelivery) {
    let text = SimulatedChannel.text(delivery.content, delivery.flags)
    note("  \(delivery.id.text.suffix(6)) \(delivery.channel) now says: \(text)")
    if history.arrivals > 0 { fault("\(delivery.id) arrived, and now says \(text), not \(history.text)") }
    for alert in history.delivery.content.alerts where !history.delivery.isResolution(of: alert.key) {
      let isLeftOut = !delivery.content.alerts.contains { $0.key == alert.key }
      guard isLeftOut || delivery.isResolution(of: alert.key) else { continue }
      if active[alert.key] != nil { fault("\(delivery.id) says that \(alert.key) has ended, which still fires") }
    }
    forget(history.delivery)
    // What was forwarded has no place in the order of its new channel.
    for alert in delivery.content.alerts where delivery.forwardings.isEmpty {
      unsettled[alert.key, default: [:]][delivery.channel, default: []].insert(delivery.id)
    }
    deliveries[delivery.id]?.delivery = delivery
    deliveries[delivery.id]?.text = text
  }

  /// Records that a process is stopped for longer than its leases: another process may send its deliveries.
  mutating func stop() {
    note("the process is stopped for a while")
    for (id, history) in deliveries where history.isLeased { deliveries[id]?.wasStopped = true }
  }

  mutating func settle(_ settlement: Settlement, _ wasTaken: Bool) {
    guard var history = deliveries[settlement.id] else {
      return fault("\(settlement.id) was settled, but no decision made it")
    }
    note(
      "  \(settlement.id.text.suffix(6)) \(history.delivery.channel) \(settlement.result.word)\(wasTaken ? "" : ", refused")"
    )
    let isStale = settlement.token != history.token || history.isSettled
    if wasTaken == isStale {
      fault(
        "\(settlement.id) was settled with a \(isStale ? "stale" : "valid") lease, and this was \(wasTaken ? "accepted" : "refused")"
      )
    }
    guard wasTaken else { return }
    history.isLeased = false
    if settlement.result.isOver { forget(history.delivery) }
    switch settlement.result {
    case .delivered, .dead, .partial(_, _, retryAt: nil): history.isSettled = true
    case .forwarded(let successor, _, _):
      history.isSettled = true
      forward(history, to: successor)
    case .partial, .retry, .released, .postponed: break
    }
    if case .delivered = settlement.result, history.arrivals == 0 {
      fault("\(settlement.id) counts as delivered, but never arrived")
    }
    deliveries[settlement.id] = history
  }

  /// Checks that another channel sends the same content, as a new delivery.
  private mutating func forward(_ history: DeliveryHistory, to successor: NewDelivery) {
    if deliveries[successor.id] != nil { fault("\(successor.id) was forwarded twice") }
    if successor.content != history.delivery.content {
      fault("\(successor.id) does not have the content of the delivery that it replaces")
    }
    if successor.channel == history.delivery.channel {
      fault("\(successor.id) was forwarded to the channel that failed")
    }
    deliveries[successor.id] = DeliveryHistory(delivery: successor, text: history.text)
  }

  mutating func attempt(at id: DeliveryID) -> Int {
    deliveries[id]?.attempts += 1
    return deliveries[id]?.attempts ?? 0
  }

  mutating func arrive(_ message: Message, isSure: Bool) {
    guard var history = deliveries[message.id] else { return fault("\(message.id) arrived, but no decision made it") }
    note(
      "  \(message.id.text.suffix(6)) \(message.channel) arrives\(isSure ? "" : ", but the process does not learn of it")"
    )
    if history.isSettled, !history.wasStopped { fault("\(message.id) arrived again after it was settled") }
    if !history.mayComeAgain, !history.wasStopped, history.crashesAtArrival == crashes {
      fault("\(message.id) arrived twice")
    }
    if message.channel != history.delivery.channel.name {
      fault("\(message.id) arrived on \(message.channel), not on \(history.delivery.channel)")
    }
    if let text = message.text, text != history.text { fault("\(message.id) says \(text), not \(history.text)") }
    history.arrivals += 1
    history.mayComeAgain = !isSure
    history.crashesAtArrival = crashes
    deliveries[message.id] = history
  }
}

extension Settlement.Result {
  /// Whether the delivery ends with it.
  fileprivate var isOver: Bool {
    switch self {
    case .delivered, .dead, .partial(_, _, retryAt: nil), .forwarded: true
    case .partial, .retry, .released, .postponed: false
    }
  }

  fileprivate var word: String {
    switch self {
    case .delivered: "is delivered"
    case .partial(_, let reason, let at): "is delivered in part\(at == nil ? "" : " so far"): \(reason.code)"
    case .retry(let at, let reason, _): "is tried again at \(at.iso8601): \(reason.code)"
    case .dead(let reason): "is dead: \(reason.code)"
    case .forwarded(let successor, let reason, _): "is forwarded to \(successor.channel): \(reason.code)"
    case .released: "is given back"
    case .postponed(let until): "waits until \(until.iso8601): its host cannot be reached"
    }
  }
}
