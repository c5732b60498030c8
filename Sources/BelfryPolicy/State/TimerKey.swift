// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Names a time at which the policy must be asked again.
package enum TimerKey: Sendable, Hashable, CustomStringConvertible {
  /// The list's time has come: a cooldown ends, a digest is due, an expected alert is late.
  case list(HoldID)
  /// Something about this alert alone is due: its expiry, a reminder, an escalation, or it has settled.
  case alert(AlertKey)

  package var description: String {
    switch self {
    case .list(let key): key.description
    case .alert(let key): "alert:" + key.description
    }
  }

  package init?(text: some StringProtocol) {
    guard let key = text.after("alert:") else {
      guard let list = HoldID(text: text) else { return nil }
      self = .list(list)
      return
    }
    guard let alert = AlertKey(text: key) else { return nil }
    self = .alert(alert)
  }

  /// The alerts that the timer itself names, besides those that wait for it.
  package var alerts: [AlertKey] {
    switch self {
    case .alert(let key): [key]
    case .list(let hold): hold.expectation.map { [ExpectationRule.alarm(of: $0)] } ?? []
    }
  }
}

/// A due timer, and the alerts that wait for it.
package struct Firing: Sendable, Hashable {
  package var timer: TimerKey
  /// When it was due; nil if it is fired by name and was not set.
  package var due: Instant?
  /// The alerts in its list, in the order in which they joined.
  package var waiting: [AlertKey]

  /// The most timers fired in one transaction.
  package static let batch = 256

  package init(_ timer: TimerKey, due: Instant?, waiting: [AlertKey] = []) {
    self.timer = timer
    self.due = due
    self.waiting = waiting
  }
}

extension StringProtocol {
  /// The text after a byte prefix; with `hasPrefix`, a combining mark after the prefix would change its last character.
  fileprivate func after(_ prefix: StaticString) -> String? {
    let count = prefix.utf8CodeUnitCount
    guard utf8.starts(with: UnsafeBufferPointer(start: prefix.utf8Start, count: count)) else { return nil }
    return String(Substring(self)[utf8.index(utf8.startIndex, offsetBy: count)...])
  }
}
