// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
package import BelfryPolicy

/// Belfry's own alert while the ledger contains something unreadable.
package struct DamageAlarm: Sendable {
  /// The damage in the alert; nil if it is not active, empty if it is from before this start.
  private var said: Set<Damage>?

  package static let key = AlertKey(source: .belfry, id: "ledger/damage")

  /// The most items listed; `belfry status` lists all.
  private static let shown = 5

  package init(isActive: Bool) { said = isActive ? [] : nil }

  /// The events for the currently known damage.
  package mutating func judge(_ damage: Set<Damage>, at now: Instant) -> [Event] {
    guard damage != said ?? [] || damage.isEmpty != (said == nil) else { return [] }
    defer { said = damage.isEmpty ? nil : damage }
    if damage.isEmpty { return [.resolved(DamageAlarm.key)] }
    let alert = DamageAlarm.alert(damage, at: now)
    return [said == nil ? .fired(alert) : .changed(alert)]
  }

  private static func alert(_ damage: Set<Damage>, at now: Instant) -> Alert {
    let texts = damage.map(\.text).sorted()
    let more = texts.count > shown ? ["… and \(texts.count - shown) more"] : []
    return Alert(
      source: .belfry,
      id: key.id,
      severity: .critical,
      category: "ledger_damaged",
      title: "The ledger is damaged",
      detail: (texts.prefix(shown) + more).joined(separator: "\n")
        + "\nEverything else keeps working. `belfry status` lists the damage; the operator's runbook says what to do.",
      firstSeen: now.iso8601
    )
  }
}
