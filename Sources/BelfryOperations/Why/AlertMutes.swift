// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger
package import BelfryPolicy

/// What mutes an active alert, even one that was sent before.
package struct AlertMutes: Sendable {
  package struct Inhibition: Sendable {
    package let key: GroupKey
    package let rule: Rule
    /// One of the active alerts that mute it.
    package let alert: Alert
  }

  /// The silences that match it, at any time.
  private var matching: [Silence] = []
  package private(set) var inhibitions: [Inhibition] = []

  package init() {}

  /// The silences that apply to it at a time, each with its end.
  package func silences(at now: Instant) -> [(silence: Silence, until: Instant)] {
    matching.compactMap { silence in silence.end(at: now).map { (silence, $0) } }
  }

  /// Finds what mutes each of the alerts; active alerts are only read if an inhibition applies.
  static func read(
    _ records: [AlertRecord],
    _ facts: AlertReading.Facts,
    from ledger: any DecisionStore
  ) async throws -> [AlertKey: AlertMutes] {
    var memo = MatchMemo()
    var found: [AlertKey: AlertMutes] = [:]
    var muting: [AlertKey: [(key: GroupKey, rule: InhibitionRule)]] = [:]
    let silences = facts.silences.values.sorted { $0.id < $1.id }
    for record in records where record.isActive {
      var mutes = AlertMutes()
      mutes.matching = silences.filter { $0.matches(record.alert, memo: &memo) }
      found[record.alert.key] = mutes
      let rules = facts.policy.rules.inhibitions(muting: record.alert, memo: &memo)
      if !rules.isEmpty { muting[record.alert.key] = rules }
    }
    var active: Set<GroupKey> = []
    for key in Set(muting.values.joined().map(\.key)) {
      if let state = try await ledger.entry(.inhibition(key))?.as(InhibitionState.self), state.count > 0 {
        active.insert(key)
      }
    }
    guard !active.isEmpty else { return found }
    let inhibiting = try await InhibitingAlerts.read(from: ledger, only: active)
    for (alert, rules) in muting {
      found[alert]?.inhibitions = rules.compactMap { one in
        inhibiting[one.key].map { Inhibition(key: one.key, rule: one.rule.rule, alert: $0) }
      }
    }
    return found
  }
}
