// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

/// What the notifier should know and do, according to the events and messages so far; it records each difference.
struct ExpectedState: Sendable {
  let rules: PolicyRules
  var now: Instant
  /// The alerts that the ledger accepted from the sources.
  var active: [AlertKey: Activation] = [:]
  /// The last message about an alert on each channel, except that it resolved.
  var lastMessages: [AlertKey: [ChannelName: LastMessage]] = [:]
  var silences: [SilenceID: Silence] = [:]
  var deliveries: [DeliveryID: DeliveryHistory] = [:]
  /// The deliveries about an alert on a channel that are not settled, as far as settlements show.
  var unsettled: [AlertKey: [ChannelName: Set<DeliveryID>]] = [:]
  /// When messages that count for a cap were sent, by channel.
  var messages: [ChannelName: [Instant]] = [:]
  /// When each digest was last sent on each channel.
  var digests: [String: Instant] = [:]
  /// The latest times at which cooldowns may end, for each severity that was sent.
  var longest: [WindowKey: [Severity: Window]] = [:]
  /// The earliest times at which they may end.
  var shortest: [WindowKey: Window] = [:]
  /// When the holds of alerts must end, by hold.
  var deadlines: [AlertKey: [HoldID: Instant]] = [:]
  /// When expected alerts last came, and whether a source still holds them.
  var cameAt: [String: Instant] = [:]
  var crashes = 0
  private(set) var faults: [String] = []
  private(set) var log: [String] = []
  private(set) var hash = StableHash()
  var memo = MatchMemo()

  init(rules: PolicyRules, now: Instant) {
    self.rules = rules
    self.now = now
  }

  /// One period in which an alert is active.
  struct Activation: Sendable {
    var alert: Alert
    /// The alert when it started or last became more severe, when it had to be sent.
    var routed: Alert
    let since: Instant
    var receivedAt: Instant
    var isAcknowledged = false
    /// Whether it has changed since in a way for which no route was evaluated.
    var hasUnroutedChange = false
    /// Whether a silence discarded it.
    var isDiscarded = false
    /// The channels of bursts that contained it.
    var bursts: Set<ChannelName> = []

    /// The alert as messages show it: without a start of its own, it has the time when Belfry first saw it.
    var shown: Alert {
      guard alert.firstSeen.isEmpty else { return alert }
      var shown = alert
      shown.firstSeen = since.iso8601
      return shown
    }
  }

  struct LastMessage: Sendable {
    var severity: Severity
    var at: Instant
    var isFlapping: Bool
  }

  struct Window: Sendable {
    var until: Instant
    var severity: Severity
    /// The one alert that was sent in it, and since when it was active; nil when there were several.
    var only: (alert: AlertKey, since: Instant)?
  }

  /// A cooldown of one channel.
  struct WindowKey: Sendable, Hashable {
    var hold: GroupKey
    var channel: ChannelName
  }

  /// The history of a delivery.
  struct DeliveryHistory: Sendable {
    var delivery: NewDelivery
    var text: String
    var attempts = 0
    var token = 0
    /// Whether a process has leased it.
    var isLeased = false
    /// Whether the process that leased it was stopped for longer than its lease.
    var wasStopped = false
    var arrivals = 0
    /// Whether the ledger knows that it arrived, or that it never will.
    var isSettled = false
    /// Whether it may arrive again, because nobody knew that it had arrived.
    var mayComeAgain = true
    var crashesAtArrival = 0
  }

  mutating func note(_ text: String) {
    let line = "\(now.iso8601) \(text)"
    log.append(line)
    hash.combine(line.utf8)
  }

  mutating func fault(_ text: String) {
    guard faults.count < 5 else { return }
    note("FAULT: \(text)")
    faults.append("\(now.iso8601) \(text)")
  }
}

// MARK: - Sources and people

extension ExpectedState {
  mutating func take(_ event: Event) {
    switch event {
    case .fired(let alert), .changed(let alert), .pushed(let alert, _): begin(alert)
    case .resolved(let key): end(key)
    case .acknowledged(let key, _, _, _): active[key]?.isAcknowledged = true
    case .unacknowledged(let key, _): active[key]?.isAcknowledged = false
    case .silenced(let silence): silences[silence.id] = silence
    case .unsilenced(let id, _):
      if silences[id]?.endedAt == nil { silences[id]?.endedAt = now }
    }
    note(event.text)
  }

  /// Checks that an event was accepted that was confirmed to its sender.
  mutating func confirm(_ event: Event) {
    let isAccepted =
      switch event {
      case .fired(let alert), .changed(let alert), .pushed(let alert, _): active[alert.key]?.alert == alert
      case .resolved(let key): active[key] == nil
      case .acknowledged(let key, _, _, _): active[key]?.isAcknowledged ?? true
      case .unacknowledged(let key, _): active[key].map { !$0.isAcknowledged } ?? true
      case .silenced(let silence): silences[silence.id] == silence
      case .unsilenced(let id, _): silences[id].map { $0.endedAt != nil } ?? true
      }
    if !isAccepted { fault("“\(event.text)” was confirmed, but is not in the ledger") }
  }

  private mutating func begin(_ alert: Alert) {
    if rules.expectations[alert.id] != nil { cameAt[alert.id] = now }
    expire()
    guard var known = active[alert.key] else {
      active[alert.key] = Activation(alert: alert, routed: alert, since: now, receivedAt: now)
      deadlines[alert.key] = nil
      return
    }
    if alert.severity.isWorse(than: known.alert.severity) {
      known.routed = alert
      known.hasUnroutedChange = false
    } else if !alert.isRoutedLike(known.routed) {
      known.hasUnroutedChange = true
    }
    known.alert = alert
    known.receivedAt = now
    active[alert.key] = known
  }

  private mutating func end(_ key: AlertKey) {
    if active[key] != nil, rules.expectations[key.id] != nil, key.source != .command { cameAt[key.id] = now }
    active[key] = nil
    deadlines[key] = nil
  }

  /// Ends alerts from the command line after a day.
  mutating func expire() {
    for (key, one) in active where key.source == .command && one.receivedAt + .seconds(86_400) <= now { end(key) }
  }

  mutating func silencing(_ alert: Alert) -> Silence? {
    silences.values.first { $0.end(at: now) != nil && $0.matcher.matches(alert, memo: &memo) }
  }

  /// An active alert that mutes this one.
  mutating func muting(_ alert: Alert) -> AlertKey? {
    for rule in rules.inhibitions
    where rule.mute.matches(alert, memo: &memo) && !rule.when.matches(alert, memo: &memo) {
      for other in active.values where rule.when.matches(other.alert, memo: &memo) {
        if rule.equal.allSatisfy({ $0.shared(by: alert, and: other.alert) }) { return other.alert.key }
      }
    }
    return nil
  }

  /// The routes that notify of an alert, found by recursion over the tree instead of the table's index.
  mutating func routes(of alert: Alert) -> [Route] { routes(of: alert, in: nil).filter { !$0.drops } }

  /// The routes nested in another one, or at the top, that take an alert.
  mutating func routes(of alert: Alert, in parent: Int?) -> [Route] {
    var taking: [Route] = []
    for route in rules.table.routes where route.parent == parent && route.matcher.matches(alert, memo: &memo) {
      let nested = routes(of: alert, in: route.index)
      taking += nested.isEmpty ? [route] : nested
      if !route.continues { break }
    }
    return taking
  }
}

extension Alert {
  fileprivate func isRoutedLike(_ other: Alert) -> Bool {
    severity == other.severity && category == other.category && labels == other.labels
  }
}

extension CooldownRule.CooldownKey {
  func text(of alert: Alert) -> String {
    switch self {
    case .category: alert.category
    case .source: alert.source.name
    case .severity: alert.severity.name
    case .label(let name): alert.labels[name.text] ?? ""
    }
  }

  func shared(by one: Alert, and other: Alert) -> Bool { text(of: one) == text(of: other) }
}

extension Event {
  /// The event, such as `+app/a1 warning disk`.
  var text: String {
    switch self {
    case .fired(let alert): "+\(alert.key) \(alert.severity) \(alert.category) \(alert.labels.map(\.value))"
    case .changed(let alert): "~\(alert.key) \(alert.severity) \(alert.category) \(alert.labels.map(\.value))"
    case .pushed(let alert, let until): "+\(alert.key) \(alert.severity) until \(until.at.iso8601)"
    case .resolved(let key): "-\(key)"
    case .acknowledged(let key, _, _, _): "ack \(key)"
    case .unacknowledged(let key, _): "unack \(key)"
    case .silenced(let silence):
      "silence \(silence.id) \(silence.matcher.text) from \(silence.from.iso8601) until \(silence.until.iso8601)"
        + (silence.hours.map { " \($0.text)" } ?? "") + (silence.sendsAfterwards ? "" : " and forget")
    case .unsilenced(let id, _): "end of silence \(id)"
    }
  }
}
