// SPDX-License-Identifier: Apache-2.0

/// Where alerts that match go, and how: one entry of `routes`.
package struct Route: Sendable {
  /// Its place in the list, from 0.
  package var index: Int
  package var matcher: Matcher
  /// The channels, at least one unless it goes to a digest alone.
  package var to: [ChannelName]
  /// Whether the routes after it are looked at too.
  package var continues: Bool
  package var cooldown: CooldownRule?
  package var burst: BurstRule?
  /// The digest that its alerts join instead of being told at once.
  package var digest: String?
  /// Whether the end of an alert is told as well.
  package var resolved: Bool
  package var group: GroupRule?
  package var quiet: QuietRule?
  package var reminder: ReminderRule?
  /// Sorted by how long after.
  package var escalations: [EscalationRule] = []
  package var note: String
  package var rule: Rule
  /// Names the route over edits of the file that move it: a hash of what it matches and where it leads.
  package var identity: String

  /// What it is called in reasons and rules: `routes[2]`.
  package var name: String { "routes[\(index)]" }
}

/// How long after something was told the like of it is held back.
package struct CooldownRule: Sendable, Hashable {
  package var window: Duration
  package var by: [CooldownKey]
  package var rule: Rule

  /// What alerts must share to be the like of each other.
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

  /// What the alert shares with the like of it: `category=disk_full`; after the name of the scope,
  /// when it is not the whole file's.
  package func key(for alert: Alert, scope: String) -> HoldKey {
    let pairs = by.map { "\($0.name)=\(CooldownRule.escaped($0.value(of: alert)))" }.joined(separator: ",")
    return HoldKey(scope.isEmpty ? pairs : "\(scope):\(pairs)")
  }

  /// The value with what parts two of them marked, so that no two lists of values look the same.
  private static func escaped(_ value: String) -> String {
    guard value.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\\") }) else { return value }
    // By bytes: a comma that a combining mark follows is another character, and a comma in the key all the same.
    let bytes = value.utf8.flatMap { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// How many at once are told as one.
package struct BurstRule: Sendable, Hashable {
  /// More than this many become one summary.
  package var over: Int
  /// Where the summary goes.
  package var to: [ChannelName]
  /// The time in which they are counted; nil for one batch alone.
  package var within: Duration?
  /// What is told alone all the same, and not counted.
  package var except: SeveritySelector?
  package var rule: Rule
}

/// A digest: what joins it is told together, at its times.
package struct DigestRule: Sendable {
  package var name: String
  package var schedule: Schedule
  package var to: [ChannelName]
  package var order: DigestOrder
  package var rule: Rule

  /// By severity, then as the digest orders them.
  func ordered(_ alerts: [Alert]) -> [Alert] {
    guard order == .category else { return alerts.worstFirst }
    return alerts.sorted {
      ($0.severity, ExactText($0.category), $0.key) < ($1.severity, ExactText($1.category), $1.key)
    }
  }
}
