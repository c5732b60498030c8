// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension AlertRecord {
  /// The status of an alert by its record alone: exactly one of these applies at every moment.
  package enum Standing: Int, Sendable, Hashable, CaseIterable {
    /// It is not active.
    case ended = 0
    /// Someone was notified, or a delivery that notifies them is on its way.
    case notified = 1
    /// It waits in a list until a known time.
    case waiting = 2
    /// A silence, quiet hours or an inhibition holds it.
    case muted = 3
    /// By a rule, nobody is notified of it.
    case dropped = 4
    /// None of these: a bug in Belfry, which `belfry audit verify` shows.
    case lost = 5

    /// Its name in JSON.
    package var name: String { self == .notified ? "told" : String(describing: self) }
  }

  /// Whether someone was notified; if not, the reason.
  package var standing: Standing {
    guard isActive else { return .ended }
    if firstNotified != nil { return .notified }
    if !waits.isEmpty { return waits.allSatisfy(\.hold.isMute) ? .muted : .waiting }
    return dropped == nil ? .lost : .dropped
  }
}
