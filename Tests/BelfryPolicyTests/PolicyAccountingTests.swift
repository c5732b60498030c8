// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

/// Random alerts with random rules: after every step, every alert is accounted for, and nobody was notified twice.
@Suite("The accounting of alerts by the policy")
struct PolicyAccountingTests {
  static let files = [
    "plain": #"{"routes": [{"to": "pager"}], "cooldown": "30m"}"#,
    "by severity": """
    {"routes": [{"match": {"severity": "critical"}, "to": ["pager", "journal"], "resolved": true},
     {"match": {"severity": "info"}, "to": "mail"}, {"to": "pager"}], "cooldown": "10m", "burst": {"over": 3}}
    """,
    "own cooldowns": """
    {"routes": [{"to": "journal", "cooldown": 0, "continue": true, "resolved": true},
     {"match": {"category": "disk"}, "to": ["pager", "mail"], "cooldown": {"window": "20m", "by": ["severity", "host"]},
      "continue": true}, {"to": ["mail", "pager"], "burst": {"over": 2, "to": "pager"}}], "burst": {"over": 4, "to": "mail"}}
    """,
    "digests": """
    {"routes": [{"match": {"severity": "info"}, "digest": "daily"}, {"match": {"category": "net"}, "digest": "hourly",
     "resolved": true}, {"to": "pager"}], "cooldown": "45m",
     "digests": {"daily": {"at": "09:00", "to": "mail"}, "hourly": {"every": "1h", "to": ["mail", "journal"]}}}
    """,
    "mode digest": """
    {"routes": [{"match": {"severity": "info"}, "to": "mail"}, {"to": "pager"}], "mode": "digest",
     "digests": {"daily": {"every": "5h", "to": "mail"}}, "burst": {"over": 2, "to": "pager"}}
    """,
    "dropped":
      #"{"routes": [{"match": {"severity": "warning+"}, "to": "pager"}], "unrouted": "drop", "cooldown": "15m"}"#,
  ]

  @Test("is correct at every moment", arguments: files.keys.sorted(), 0..<15)
  func holds(file: String, seed: Int) throws {
    var witness = try Witness(file: #require(Self.files[file]), seed: seed)
    for _ in 0..<150 {
      witness.step()
      guard witness.faults.isEmpty else { break }
    }
    if witness.faults.isEmpty { witness.rest() }
    #expect(witness.faults == [], "\(file), seed \(seed): \(witness.log.suffix(12).joined(separator: "\n"))")
  }
}

/// Plays the sources and the clock, and records violations.
private struct Witness {
  private(set) var faults: [String] = []
  private(set) var log: [String] = []
  /// Whether timers may fire late, so that a follow-up may include alerts that joined its list in the meantime.
  private let mayBeLate: Bool
  private var environment: PolicyEnvironment
  private var random: SeededGenerator
  private var lives: [String: Life] = [:]
  /// What the recipients know of ended alerts whose end they have not been sent yet.
  private var uninformed: [String: [ChannelName: Severity]] = [:]
  private var windows: Windows = [:]

  /// The cooldowns of each channel, by what their alerts share.
  private typealias Windows = [ChannelName: [GroupKey: (until: Instant, severity: Severity)]]

  /// The data about one alert since it last started.
  private struct Life {
    var severity: Severity
    /// Its severity when it started or last became more severe, which had to be sent or to wait.
    var routed: Severity
    var sent: [ChannelName: Severity] = [:]
    var heldUntil: Instant?
  }

  init(file: String, seed: Int) throws {
    environment = try PolicyEnvironment(file)
    mayBeLate = seed % 3 == 0
    random = SeededGenerator(seed: UInt64(seed))
  }

  mutating func step() {
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<6: batch()
    case 6 where mayBeLate: environment.advanceBlindly(by: .minutes(Int.random(in: 1...20, using: &random)))
    default: wait(.minutes(Int.random(in: 1...40, using: &random)))
    }
    forgetEnded()
    checkBooks()
    checkLaw()
  }

  /// Checks that in the end nothing waits, and that every firing alert was sent or dropped.
  mutating func rest() {
    wait(.hours(48))
    if !environment.lists.isEmpty { faults.append("still waiting: \(environment.lists)") }
    checkLaw()
  }

  private mutating func batch() {
    var events: [Event] = []
    var ids = Set<String>()
    for _ in 0..<Int.random(in: 1...7, using: &random) {
      let id = "a\(Int.random(in: 0..<12, using: &random))"
      if ids.insert(id).inserted { events.append(event(id)) }
    }
    log.append("\(environment.now.iso8601) " + events.map(\.text).joined(separator: ", "))
    let before = windows
    environment.take(events)
    observe(windowsBefore: before)
  }

  private mutating func event(_ id: String) -> Event {
    let severity = [.critical, .warning, .info, .odd].randomElement(using: &random) ?? Severity.info
    let category = ["disk", "net", "cpu"][id.utf8.reduce(0) { $0 + Int($1) } % 3]
    let alert = Alert.test(id, severity, category, labels: ["host": id.count > 2 ? "h1" : "h2"])
    guard let life = lives[id] else {
      lives[id] = Life(severity: severity, routed: severity, sent: uninformed.removeValue(forKey: id) ?? [:])
      return .fired(alert)
    }
    if Int.random(in: 0..<3, using: &random) == 0 {
      lives[id] = nil
      uninformed[id] = life.sent
      return .resolved(alert.key)
    }
    if severity.isWorse(than: life.severity) { lives[id]?.routed = severity }
    lives[id]?.severity = severity
    return Bool.random(using: &random) ? .changed(alert) : .fired(alert)
  }

  /// Fires one timer at a time, so that each delivery is seen when it happens.
  private mutating func wait(_ duration: Duration) {
    let end = environment.now + duration
    while let due = environment.timers.values.min(), due <= end {
      let before = windows
      environment.advance(by: max(.zero, due - environment.now))
      observe(windowsBefore: before)
    }
    environment.advance(by: end - environment.now)
  }

  private mutating func observe(windowsBefore: Windows) {
    for decision in environment.decisions {
      guard case .hold(let until?) = decision.outcome, let life = lives[decision.alert.id] else { continue }
      // On two routes it may be held twice: the first hold to end counts.
      lives[decision.alert.id]?.heldUntil = min(
        until,
        life.heldUntil.flatMap { $0 > environment.now ? $0 : nil } ?? until
      )
    }
    for delivery in environment.deliveries {
      log.append("\(environment.now.iso8601)   \(delivery.text)")
      switch delivery.content {
      case .resolved(let alert): uninformed[alert.id]?[delivery.channel] = nil
      case .test, .group, .reminder, .flapping: break
      case .digest:
        for alert in delivery.content.alerts {
          uninformed[alert.id]?[delivery.channel] = nil
          note(alert, on: delivery.channel)
        }
      case .followup(let alerts, _):
        for alert in alerts {
          checkFollowUp(alert)
          openWindow(alert, on: delivery.channel)
          checkOnce(alert, on: delivery.channel)
          note(alert, on: delivery.channel)
        }
      case .alert, .burst:
        for alert in delivery.content.alerts {
          checkOnce(alert, on: delivery.channel)
          checkWindow(alert, on: delivery.channel, windowsBefore)
          openWindow(alert, on: delivery.channel)
          note(alert, on: delivery.channel)
        }
      }
    }
  }

  private mutating func note(_ alert: Alert, on channel: ChannelName) {
    let known = lives[alert.id]?.sent[channel]
    lives[alert.id]?.sent[channel] = min(known ?? alert.severity, alert.severity)
  }

  private mutating func checkOnce(_ alert: Alert, on channel: ChannelName) {
    guard let life = lives[alert.id] else { return faults.append("\(alert.id) was sent after it resolved") }
    if let known = life.sent[channel], !alert.severity.isWorse(than: known) {
      faults.append("\(alert.id) was sent twice on \(channel)")
    }
  }

  private mutating func checkFollowUp(_ alert: Alert) {
    guard let until = lives[alert.id]?.heldUntil else { return faults.append("\(alert.id) was never held") }
    if until > environment.now, !mayBeLate { faults.append("\(alert.id) was sent before its time") }
  }

  /// Checks that, if all routes share the file's cooldown, no alert is sent separately in an open window of its
  /// category.
  private mutating func checkWindow(_ alert: Alert, on channel: ChannelName, _ before: Windows) {
    guard sharesCooldown, let window = before[channel]?[key(of: alert)], window.until > environment.now else { return }
    if !alert.severity.isWorse(than: window.severity) { faults.append("\(alert.id) was sent in a cooldown") }
  }

  private mutating func openWindow(_ alert: Alert, on channel: ChannelName) {
    guard sharesCooldown, let rule = environment.policy.rules.cooldown else { return }
    let open = windows[channel]?[key(of: alert)].flatMap { $0.until > environment.now ? $0 : nil }
    let severity = min(open?.severity ?? alert.severity, alert.severity)
    windows[channel, default: [:]][key(of: alert)] = (environment.now + rule.window, severity)
  }

  private var sharesCooldown: Bool { environment.policy.rules.table.routes.allSatisfy { $0.cooldown == nil } }
  private func key(of alert: Alert) -> GroupKey { GroupKey("category=\(alert.category)") }

  /// The recipients of an ended alert are sent its end by the digest in which it waits, or not at all.
  private mutating func forgetEnded() {
    for id in uninformed.keys {
      let digests = environment.policy.rules.digests.filter { digest in
        environment.lists[.digest(digest.name)]?.contains { $0.id == id } == true
      }
      uninformed[id] = uninformed[id]?.filter { known in digests.contains { $0.to.contains(known.key) } }
    }
  }

  /// Checks that the alert's record, the lists, the windows and the timers agree.
  private mutating func checkBooks() {
    for (list, keys) in environment.lists {
      if environment.timers[.list(list)] == nil { faults.append("\(list) has no timer") }
      for key in keys where environment.alerts[key]?.waits.contains(list) != true {
        faults.append("\(key) is lost in \(list)")
      }
    }
    for record in environment.alerts.values {
      for wait in record.waits where environment.lists[wait.hold]?.contains(record.alert.key) != true {
        faults.append("\(record.alert.id) waits in vain in \(wait.hold)")
      }
    }
    for key in environment.windows.keys where environment.timers[.list(.cooldown(key))] == nil {
      faults.append("the window \(key.text) never ends")
    }
  }

  /// Checks that every alert waits, was sent on all its routes, or has none.
  ///
  /// An alert that got better while it waited is sent with its new severity, by what it waited for: one channel is then
  /// enough.
  private mutating func checkLaw() {
    for (id, life) in lives {
      guard let record = environment.alerts[AlertKey(source: "app", id: id)], record.isActive else {
        faults.append("\(id) is not known as active")
        continue
      }
      let gotBetter = life.routed.isWorse(than: life.severity)
      let isKnown =
        gotBetter
        && (isSent(record.alert, as: life.severity, life)
          || life.sent.values.contains { !life.severity.isWorse(than: $0) })
      if record.waits.isEmpty, !isKnown, !isSent(record.alert, as: life.routed, life) {
        faults.append("\(id) is neither sent nor waiting")
      }
    }
  }

  /// Whether each route that takes the alert as `severity` sent it on all its channels, in a summary or in a digest.
  private func isSent(_ alert: Alert, as severity: Severity, _ life: Life) -> Bool {
    let rules = environment.policy.rules
    var memo = MatchMemo()
    var alert = alert
    alert.severity = severity
    let knows = { (channel: ChannelName) in life.sent[channel].map { !severity.isWorse(than: $0) } ?? false }
    let routes = rules.table.resolve(alert, memo: &memo)
    if routes.isEmpty { return rules.unrouted != nil }
    return routes.allSatisfy { route in
      let burst = (route.burst ?? rules.burst)?.to ?? []
      let digests = rules.digests.filter { route.digest == $0.name || (route.digest == nil && rules.mode == .digest) }
      return (!route.to.isEmpty && route.to.allSatisfy(knows)) || (burst + digests.flatMap(\.to)).contains(where: knows)
    }
  }
}

extension Event {
  fileprivate var text: String {
    switch self {
    case .fired(let alert): "+\(alert.id) \(alert.severity) \(alert.category)"
    case .changed(let alert): "~\(alert.id) \(alert.severity)"
    case .pushed(let alert, _): "+\(alert.id) \(alert.severity) pushed"
    case .resolved(let key): "-\(key.id)"
    case .acknowledged(let key, _, _, _): "ack \(key.id)"
    case .unacknowledged(let key, _): "unack \(key.id)"
    case .silenced(let silence): "silence \(silence.id)"
    case .unsilenced(let id, _): "end of silence \(id)"
    }
  }
}
