// SPDX-License-Identifier: Apache-2.0
package import Belfry

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
    /// A label, by the bytes of its name.
    case label(ExactText)

    package init(_ name: String) {
      switch name {
      case "category": self = .category
      case "source": self = .source
      case "severity": self = .severity
      default: self = .label(ExactText(name))
      }
    }

    package var name: String {
      switch self {
      case .category: "category"
      case .source: "source"
      case .severity: "severity"
      case .label(let name): name.text
      }
    }

    func value(of alert: Alert) -> String {
      switch self {
      case .category: alert.category
      case .source: alert.source.name
      case .severity: alert.severity.name
      case .label(let name): alert.labels[name.text] ?? ""
      }
    }
  }

  /// The shared values of similar alerts: `category=disk_full`, after the name of the scope if that is not the whole
  /// file.
  package func key(for alert: Alert, scope: String) -> GroupKey {
    by.key(for: alert, scope: scope)
  }
}

extension [CooldownRule.CooldownKey] {
  /// The values of an alert: `category=disk_full`, after the name of the scope if that is not the whole file.
  func key(for alert: Alert, scope: String) -> GroupKey {
    var text = scope.isEmpty ? "" : scope + ":"
    for (index, key) in enumerated() {
      if index > 0 { text += "," }
      text += key.name
      text += "="
      text += Self.escaped(key.value(of: alert))
    }
    return GroupKey(text)
  }

  /// The value with separators escaped, so that no two lists of values have the same text.
  private static func escaped(_ value: String) -> String {
    guard value.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\\") }) else { return value }
    // By bytes: a comma followed by a combining mark is another character, but still a comma in the key.
    let bytes = value.utf8.flatMap { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension CooldownRule {
  /// The window of a channel after an alert was sent there that is at least as severe as any in it: it starts again.
  func stamped(_ window: CooldownWindow?, with severity: Severity, at now: Instant) -> CooldownWindow {
    let until = now + self.window
    guard let window else { return CooldownWindow(until: until, severity: severity) }
    guard window.isOpen(at: now) else {
      // Its timer is late: what it held must not wait for another window.
      return CooldownWindow(until: until, severity: severity, release: window.release, ended: window.ended)
    }
    var stamped = window
    stamped.until = until
    if window.release == window.until { stamped.release = until }
    stamped.severity = severity
    return stamped
  }
}

extension PolicyRules {
  /// The cooldown of a route: its own, else the file's; nil if it is off, or if a group sets the pace.
  func cooldown(of route: Route) -> CooldownRule? {
    guard route.group == nil else { return nil }
    let rule = route.cooldown ?? cooldown
    return rule.flatMap { $0.window > .zero ? $0 : nil }
  }
}
