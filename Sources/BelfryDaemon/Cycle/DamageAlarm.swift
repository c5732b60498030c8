// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger

/// Belfry's own alert while the ledger holds something that cannot be read back.
package struct DamageAlarm: Sendable {
  /// What the alert says now; nil where it is not active, empty where it is from before this start.
  private var said: Set<Damage>?

  package static let key = AlertKey(source: .belfry, id: "ledger/damage")

  /// How many are named; `belfry status` names all.
  private static let shown = 5

  package init(isActive: Bool) { said = isActive ? [] : nil }

  /// What follows from the damage that is known now.
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
        + "\nEverything else goes on. `belfry status` names what is damaged; the runbook says what to do.",
      firstSeen: now.iso8601
    )
  }
}
