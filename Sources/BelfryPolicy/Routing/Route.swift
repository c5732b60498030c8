// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One entry of `routes`: where matching alerts go, and how.
package struct Route: Sendable {
  /// Its index in the list, from 0.
  package var index: Int
  package var matcher: Matcher
  /// The channels, at least one unless it only has a digest.
  package var to: [ChannelName]
  /// Whether later routes are also evaluated.
  package var continues: Bool
  package var cooldown: CooldownRule?
  package var burst: BurstRule?
  /// The digest that its alerts join instead of being sent at once.
  package var digest: String?
  /// Whether the end of an alert is sent as well.
  package var resolved: Bool
  package var group: GroupRule?
  package var quiet: QuietRule?
  package var reminder: ReminderRule?
  /// The escalations, in order of their delay.
  package var escalations: [EscalationRule] = []
  package var note: String
  package var rule: Rule
  /// Identifies the route across edits that move it: a hash of its matcher and its destination.
  package var identity: String

  package init(
    index: Int,
    matcher: Matcher,
    to: [ChannelName],
    continues: Bool,
    cooldown: CooldownRule? = nil,
    burst: BurstRule? = nil,
    digest: String? = nil,
    resolved: Bool,
    group: GroupRule? = nil,
    quiet: QuietRule? = nil,
    reminder: ReminderRule? = nil,
    escalations: [EscalationRule] = [],
    note: String,
    rule: Rule,
    identity: String
  ) {
    self.index = index
    self.matcher = matcher
    self.to = to
    self.continues = continues
    self.cooldown = cooldown
    self.burst = burst
    self.digest = digest
    self.resolved = resolved
    self.group = group
    self.quiet = quiet
    self.reminder = reminder
    self.escalations = escalations
    self.note = note
    self.rule = rule
    self.identity = identity
  }

  /// Its name in reasons and rules: `routes[2]`.
  package var name: String { "routes[\(index)]" }
}

/// How long similar alerts are held back after one was sent.
package struct CooldownRule: Sendable, Hashable {
  package var window: Duration
  package var by: [CooldownKey]
  package var rule: Rule

  package init(window: Duration, by: [CooldownKey], rule: Rule) {
    self.window = window
    self.by = by
    self.rule = rule
  }

  /// What alerts must share to count as similar.
  package enum CooldownKey: Sendable, Hashable {
    case category
    case source
    case severity
    case label(String)

    package init(_ name: String) {
      switch name {
      case "category": self = .category
      case "source": self = .source
      case "severity": self = .severity
      default: self = .label(name)
      }
    }

    package var name: String {
      switch self {
      case .category: "category"
      case .source: "source"
      case .severity: "severity"
      case .label(let name): name
      }
    }

    func value(of alert: Alert) -> String {
      switch self {
      case .category: alert.category
      case .source: alert.source.name
      case .severity: alert.severity.name
      case .label(let name): alert.labels[name] ?? ""
      }
    }
  }

  /// The shared values of similar alerts: `category=disk_full`, after the name of the scope if that is not the whole
  /// file.
  package func key(for alert: Alert, scope: String) -> HoldKey {
    let pairs = by.map { "\($0.name)=\(CooldownRule.escaped($0.value(of: alert)))" }.joined(separator: ",")
    return HoldKey(scope.isEmpty ? pairs : "\(scope):\(pairs)")
  }

  /// The value with separators escaped, so that no two lists of values look the same.
  private static func escaped(_ value: String) -> String {
    guard value.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\\") }) else { return value }
    // By bytes: a comma followed by a combining mark is another character, but still a comma in the key.
    let bytes = value.utf8.flatMap { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// How many alerts at once are sent as one message.
package struct BurstRule: Sendable, Hashable {
  /// More than this many become one summary.
  package var over: Int
  /// The channels of the summary.
  package var to: [ChannelName]
  /// The period in which they are counted; nil for one batch only.
  package var within: Duration?
  /// Alerts that are sent separately anyway, and not counted.
  package var except: SeveritySelector?
  package var rule: Rule

  package init(over: Int, to: [ChannelName], within: Duration? = nil, except: SeveritySelector? = nil, rule: Rule) {
    self.over = over
    self.to = to
    self.within = within
    self.except = except
    self.rule = rule
  }
}

/// A digest: alerts that join it are sent together, at its times.
package struct DigestRule: Sendable {
  package var name: String
  package var schedule: Schedule
  package var to: [ChannelName]
  package var order: DigestOrder
  package var rule: Rule

  package init(name: String, schedule: Schedule, to: [ChannelName], order: DigestOrder, rule: Rule) {
    self.name = name
    self.schedule = schedule
    self.to = to
    self.order = order
    self.rule = rule
  }

  /// The alerts by severity, then in the digest's order.
  func ordered(_ alerts: [Alert]) -> [Alert] {
    guard order == .category else { return alerts.worstFirst }
    return alerts.sorted {
      ($0.severity, ExactText($0.category), $0.key) < ($1.severity, ExactText($1.category), $1.key)
    }
  }
}
