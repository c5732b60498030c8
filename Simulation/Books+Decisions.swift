// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

// Compares the decisions about alerts with earlier promises.
extension Books {
  mutating func decide(_ recorded: RecordedDecision) {
    let decision = recorded.decision
    note("  \(decision.text)")
    expire()
    if case .notify(let channels) = decision.outcome { check(decision, channels) }
    // This decision fulfils all earlier promises.
    promises[decision.alert]?.keep { $0 > now }
    if case .suppress = decision.outcome, case .silence = decision.rule { active[decision.alert]?.isForgotten = true }
    guard case .hold(let until) = decision.outcome, let activation = active[decision.alert] else { return }
    guard case .held(let hold, _) = decision.cause.factor else {
      return fault("\(decision.alert) is held, and nothing is said to hold it")
    }
    if let until, until > now { promises[decision.alert, default: [:]][hold] = until }
    checkRule(decision, hold)
    if hold.cooldown != nil { checkCooldown(activation.alert) }
    if hold.quiet != nil { checkQuiet(activation.alert) }
    if hold.silence != nil, silencing(activation.alert) == nil {
      fault("\(decision.alert) is held by a silence that is not in force")
    }
  }

  /// What holds an alert is of the rule that is named.
  private mutating func checkRule(_ decision: Decision, _ hold: HoldID) {
    if !isRight(decision.rule, hold) {
      fault("\(decision.alert) is held in \(hold) by \(decision.rule), which is another's rule")
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
    case .channel(let channel): rule == rules.channelQuiet[channel]?.rule
    case .route(let identity): rules.table.routes.contains { $0.identity == identity && $0.quiet?.rule == rule }
    case nil: true
    }
  }

  /// Whether a route that such a rule is of has holds of that key.
  private func isOwn(_ key: GroupKey, _ isOf: (Route) -> Bool) -> Bool {
    rules.table.routes.contains { isOf($0) && key.text.utf8.starts(with: $0.identity.utf8) }
  }

  private mutating func check(_ decision: Decision, _ channels: [ChannelName]) {
    let told = decision.deliveries.compactMap { deliveries[$0]?.delivery }
    if told.map(\.channel) != channels || channels.isEmpty {
      fault("\(decision.alert) is said to be told on \(channels), by \(told.map(\.channel))")
    }
    for delivery in told where !delivery.content.alerts.contains(where: { $0.key == decision.alert }) {
      fault("\(decision.alert) is said to be told by \(delivery.id), which does not name it")
    }
  }

  /// Checks that a window holds only alerts that are no more severe than one sent in it.
  private mutating func checkCooldown(_ alert: Alert) {
    let isHeld = routes(of: alert).contains { route in
      guard let (key, _) = window(of: alert, on: route) else { return false }
      // What other routes sent elsewhere holds too, where routes share the cooldown.
      let windows = longest.filter { $0.key.hold == key }.values
      return windows.contains { open in
        guard open.until > now else { return false }
        // Its own messages do not hold it, unless it ended meanwhile and fires again.
        if let only = open.only, only.alert == alert.key, only.since == active[alert.key]?.since { return false }
        return !alert.severity.isWorse(than: open.severity)
      }
    }
    if !isHeld { fault("\(alert.severity) \(alert.key) is held by a cooldown of something less severe, or of nothing") }
  }

  private mutating func checkQuiet(_ alert: Alert) {
    let hours = routes(of: alert).flatMap { route in [route.quiet] + route.to.map { rules.channelQuiet[$0] } }
    let escalated = routes(of: alert).flatMap(\.escalations).flatMap(\.to).map { rules.channelQuiet[$0] }
    if !(hours + escalated).contains(where: { $0?.holds(alert.severity, at: now) == true }) {
      fault("\(alert.severity) \(alert.key) is held by quiet hours that do not hold it")
    }
  }

  /// Checks that nothing waits for a promised time that has passed.
  mutating func checkPromises(_ record: AlertRecord) {
    for (hold, until) in promises[record.alert.key] ?? [:] {
      // A more severe alert sent in the meantime restarts the window, and each channel has one.
      var grace = Duration.seconds(60)
      if hold.cooldown != nil { grace = .seconds(8 * 3600) }
      guard until + grace < now, record.holds.contains(hold) else { continue }
      fault("\(record.alert.key) was due at \(until.iso8601) in \(hold), and still waits there")
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

extension Books {
  mutating func lease(_ leased: LeasedDelivery) {
    guard let course = deliveries[leased.delivery.id] else {
      return fault("\(leased.delivery.id) was leased, and no decision names it")
    }
    if course.isSettled { fault("\(leased.delivery.id) was leased again after it was settled") }
    if course.token >= leased.token { fault("\(leased.delivery.id) was leased twice with the token \(leased.token)") }
    deliveries[leased.delivery.id]?.token = leased.token
    deliveries[leased.delivery.id]?.isLeased = true
  }

  /// Records that a process is stopped for longer than its leases last: another may send what it has leased.
  mutating func stop() {
    note("the process is stopped for a while")
    for (id, course) in deliveries where course.isLeased { deliveries[id]?.wasStopped = true }
  }

  mutating func settle(_ settlement: Settlement, _ wasTaken: Bool) {
    guard var course = deliveries[settlement.id] else { return fault("\(settlement.id) was settled, and never made") }
    note(
      "  \(settlement.id.text.suffix(6)) \(course.delivery.channel) \(settlement.result.word)\(wasTaken ? "" : ", refused")"
    )
    let isStale = settlement.token != course.token || course.isSettled
    if wasTaken == isStale { fault("\(settlement.id) was settled with a lease that is \(isStale ? "stale" : "good")") }
    guard wasTaken else { return }
    course.isLeased = false
    switch settlement.result {
    case .delivered, .dead, .partial(_, _, retryAt: nil): course.isSettled = true
    case .forwarded(let successor, _, _):
      course.isSettled = true
      forward(course, to: successor)
    case .partial, .retry, .released: break
    }
    if case .delivered = settlement.result, course.arrivals == 0 { fault("\(settlement.id) is said to have arrived") }
    deliveries[settlement.id] = course
  }

  /// Another channel must send the same, as another delivery.
  private mutating func forward(_ course: Course, to successor: NewDelivery) {
    if deliveries[successor.id] != nil { fault("\(successor.id) was forwarded twice") }
    if successor.content != course.delivery.content { fault("\(successor.id) does not tell what it was forwarded for") }
    if successor.channel == course.delivery.channel {
      fault("\(successor.id) was forwarded to the channel that failed")
    }
    deliveries[successor.id] = Course(delivery: successor, text: course.text)
  }

  mutating func attempt(at id: DeliveryID) -> Int {
    deliveries[id]?.attempts += 1
    return deliveries[id]?.attempts ?? 0
  }

  mutating func arrive(_ message: Message, isSure: Bool) {
    guard var course = deliveries[message.id] else { return fault("\(message.id) arrived, and no decision names it") }
    note("  \(message.id.text.suffix(6)) \(message.channel) arrives\(isSure ? "" : ", nobody knows")")
    if course.isSettled, !course.wasStopped { fault("\(message.id) arrived again after it was settled") }
    if !course.mayComeAgain, !course.wasStopped, course.crashesAtArrival == crashes {
      fault("\(message.id) arrived twice")
    }
    if message.channel != course.delivery.channel.name { fault("\(message.id) arrived on \(message.channel)") }
    if let text = message.text, text != course.text { fault("\(message.id) says \(text), not \(course.text)") }
    course.arrivals += 1
    course.mayComeAgain = !isSure
    course.crashesAtArrival = crashes
    deliveries[message.id] = course
  }
}

extension Settlement.Result {
  fileprivate var word: String {
    switch self {
    case .delivered: "is delivered"
    case .partial(_, let reason, let at): "is delivered in part\(at == nil ? "" : " so far"): \(reason.code)"
    case .retry(let at, let reason, _): "is tried again at \(at.iso8601): \(reason.code)"
    case .dead(let reason): "is dead: \(reason.code)"
    case .forwarded(let successor, let reason, _): "is forwarded to \(successor.channel): \(reason.code)"
    case .released: "is given back"
    }
  }
}
