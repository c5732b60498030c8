// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryLedger
package import BelfryPolicy

/// Belfry's own alerts about failing channels, one per channel, from when its circuit opens until it closes.
///
/// They are routed like any alert. If that leads to the failing channel itself, another channel delivers the alert; if
/// no other works, it waits like everything else for that channel.
package struct ChannelAlarms: Sendable {
  private var reported: Set<ChannelName>
  /// The alert about a damaged ledger, another of Belfry's own alerts.
  package var damage: DamageAlarm

  static let prefix = "channel/"

  /// - Parameter active: The IDs of Belfry's own alerts that are active.
  package init(active: some Sequence<String>) {
    damage = DamageAlarm(isActive: active.contains(DamageAlarm.key.id))
    reported = Set(
      active.filter { $0.hasPrefix(ChannelAlarms.prefix) }.map {
        ChannelName(String($0.dropFirst(ChannelAlarms.prefix.count)))
      }
    )
  }

  static func key(of channel: ChannelName) -> AlertKey {
    AlertKey(source: .belfry, id: prefix + channel.name)
  }

  /// Alarms to raise and clear for the current circuit states.
  package mutating func judge(_ circuits: [CircuitNote]) -> [Event] {
    let failing = Set(circuits.map(\.channel))
    defer { reported = failing }
    let begun = circuits.filter { !reported.contains($0.channel) }.map { Event.fired(ChannelAlarms.alert($0)) }
    return begun + reported.subtracting(failing).sorted().map { Event.resolved(ChannelAlarms.key(of: $0)) }
  }

  private static func alert(_ circuit: CircuitNote) -> Alert {
    Alert(
      source: .belfry,
      id: prefix + circuit.channel.name,
      severity: .critical,
      category: "channel_failing",
      title: "Channel \(circuit.channel) is failing",
      detail:
        "\(circuit.reason.clause). Its messages wait in the ledger until it works again, or go to its fallback channel."
        + " `belfry status` shows progress; `belfry test --channel \(circuit.channel)` sends a test alert.",
      firstSeen: circuit.since.iso8601
    )
  }
}
