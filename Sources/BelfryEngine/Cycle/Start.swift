// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy
internal import BelfryTransport

/// Prepares the first cycle: the ledger adopts the policy, and the sources get the alerts already seen.
package struct Start: Sendable {
  private let configuration: Configuration
  private let ledger: any DecisionStore
  private let policy: Policy
  private let console: Console

  package init(configuration: Configuration, ledger: any DecisionStore, policy: Policy, console: Console) {
    self.configuration = configuration
    self.ledger = ledger
    self.policy = policy
    self.console = console
  }

  /// - Returns: the watches of the sources.
  package func watches(_ sources: [ConfiguredSource], at now: Instant) async throws -> [SourceWatch] {
    try await ledger.adopt(policy: policy)
    var known: [SourceName: [ExactText: UInt64]] = [:]
    // Pushed alerts have no source to read, so the duration of a start does not depend on their number.
    for (key, hash) in try await ledger.activeAlerts(besides: .push) {
      known[key.source, default: [:]][ExactText(key.id)] = hash
    }
    try await forgetGone(known)
    let own = known[.belfry] ?? [:]
    return sources.map { source in
      let active = ActiveSet(source: source.name, hashes: known[source.name] ?? [:])
      return SourceWatch(
        source,
        every: source.every(configuration.interval),
        active: active,
        from: now,
        silence: SourceSilence(source.name, limit: source.stale, isRaised: own[SourceSilence.id(source.name)] != nil)
      )
    }
  }

  /// The alerts about failing channels from before the start.
  package func alarms() async throws -> ChannelAlarms {
    ChannelAlarms(active: try await ledger.activeAlerts(besides: .push).keys.filter { $0.source == .belfry }.map(\.id))
  }

  /// Ends the alerts of sources removed from the file, because nobody else ever will.
  private func forgetGone(_ known: [SourceName: [ExactText: UInt64]]) async throws {
    let kept = Set(configuration.sourceNames)
    let alarms = Set(configuration.sources.map { ExactText(SourceSilence.id($0.name)) })
    let gone = (known[.belfry] ?? [:]).keys.filter {
      $0.text.beginsExactly(with: SourceSilence.prefix) && !alarms.contains($0)
    }
    let ends =
      gone.sorted().map { Event.resolved(AlertKey(source: .belfry, id: $0.text)) }
      + policy.orphans(among: (known[.belfry] ?? [:]).keys.map { AlertKey(source: .belfry, id: $0.text) })
    if !ends.isEmpty { _ = try await ledger.ingest(ends, policy: policy, lease: nil) }
    for (source, alerts) in known where !kept.contains(source) {
      let events = alerts.keys.sorted().map { Event.resolved(AlertKey(source: source, id: $0.text)) }
      _ = try await ledger.ingest(events, policy: policy, lease: nil)
      console.say(
        "source \(source) is no longer in channels.json: \(counted(alerts.count, "active alert")) resolved",
        .topic(.source),
        .source(source),
        .number(.resolved, alerts.count)
      )
    }
  }
}
