// SPDX-License-Identifier: Apache-2.0

/// What the ledger keeps of one alert: what it says, whether it is active, whom it was told, what it waits for.
package struct AlertRecord: Sendable, Hashable {
  package var alert: Alert
  package var isActive: Bool
  /// Since when it has been active, or was, in its last activation.
  package var firedAt: Instant
  package var resolvedAt: Instant?
  /// The deliveries that told it in this activation, one a channel and notice, in order.
  package var told: [Telling]
  /// The lists in which it waits to be told.
  package var waits: [ListKey]

  package init(alert: Alert, firedAt: Instant) {
    self.alert = alert
    self.isActive = true
    self.firedAt = firedAt
    self.resolvedAt = nil
    self.told = []
    self.waits = []
  }

  /// One delivery that told the alert.
  package struct Telling: Sendable, Hashable {
    package var channel: ChannelName
    package var delivery: DeliveryID
    /// What the alert was when it was told.
    package var severity: Severity
    package init(channel: ChannelName, delivery: DeliveryID, severity: Severity) {
      self.channel = channel
      self.delivery = delivery
      self.severity = severity
    }
  }

  /// Whether those on a channel know of it already, and that it is as bad as it is.
  package func isTold(on channel: ChannelName) -> Bool {
    told.contains { $0.channel == channel && !alert.severity.isWorse(than: $0.severity) }
  }
}

/// Names a list of alerts that wait together: those that a cooldown holds, those that a digest collects.
package enum ListKey: Sendable, Hashable, CustomStringConvertible {
  /// What the cooldown of this window holds back.
  case cooldown(WindowKey)
  case digest(String)

  /// `cooldown:category=disk` or `digest:daily`; reads back through `init?(text:)`.
  package var description: String {
    switch self {
    case .cooldown(let key): "cooldown:" + key.text
    case .digest(let name): "digest:" + name
    }
  }

  package init?(text: some StringProtocol) {
    if let key = text.after("cooldown:") {
      self = .cooldown(WindowKey(key))
    } else if let name = text.after("digest:") {
      self = .digest(name)
    } else {
      return nil
    }
  }
}

/// What a cooldown goes by, with its values, such as `category=disk_full`: alerts that share it share one window.
package struct WindowKey: Sendable, Hashable {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// An open cooldown: something was told, and what is no worse waits until it ends.
package struct CooldownWindow: Sendable, Hashable {
  package var until: Instant
  /// The worst severity that was told in it.
  package var severity: Severity
  /// How many alerts it held back that resolved before it ended.
  package var ended: Int

  package init(until: Instant, severity: Severity, ended: Int = 0) {
    self.until = until
    self.severity = severity
    self.ended = ended
  }
}

/// Names a moment at which the policy is to be asked again.
package enum TimerKey: Sendable, Hashable, CustomStringConvertible {
  /// The list's time has come: a cooldown ends, a digest is due.
  case list(ListKey)
  /// The alert ends by itself, unless its source says again that it is active.
  case expiry(AlertKey)

  package var description: String {
    switch self {
    case .list(let key): key.description
    case .expiry(let key): "expiry:" + key.description
    }
  }

  package init?(text: some StringProtocol) {
    guard let key = text.after("expiry:") else {
      guard let list = ListKey(text: text) else { return nil }
      self = .list(list)
      return
    }
    guard let alert = AlertKey(text: key) else { return nil }
    self = .expiry(alert)
  }
}

extension AlertKey {
  /// Reads `description` back.
  package init?(text: String) {
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    let id = text.utf8[text.utf8.index(after: slash)...]
    self.init(source: SourceName(String(text[..<slash])), id: String(Substring(id)))
  }
}

extension StringProtocol {
  /// What follows the prefix, byte by byte: to `hasPrefix`, a combining mark after it changes its last character.
  fileprivate func after(_ prefix: StaticString) -> String? {
    let count = prefix.utf8CodeUnitCount
    guard utf8.starts(with: UnsafeBufferPointer(start: prefix.utf8Start, count: count)) else { return nil }
    return String(Substring(self)[utf8.index(utf8.startIndex, offsetBy: count)...])
  }
}
