// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryEngine
package import BelfryLedger
package import BelfryPolicy

/// The report of `belfry status`: alerts, silences, sources, channels, and what comes next.
package struct StatusReport: Sendable {
  package var summary: LedgerSummary
  package var silences: [Silence]
  package var sources: [SourceState]
  package var channels: [ChannelState]
  package var timers: [NextTimer]
  /// Nil if nothing is investigated.
  package var wake: WakeState?
  package var dead: [DeliveryRecord]
  /// The reason why nothing can be stored now; nil if it can.
  package var trouble: String?
  /// Unreadable parts of the ledger.
  package var damage: [Damage]
  /// The reason why rows of the audit log are gone; nil if none are.
  package var auditTrouble: String?
  /// Nil if no notifier has run yet.
  package var version: ConfigurationVersion?
  /// Nil while the file is in force.
  package var refusal: ConfigurationRefusal?
  package var size: LedgerSize
  /// Nil if the server does not use TLS.
  package var certificate: CertificateNote?

  package struct SourceState: Sendable {
    package var name: SourceName
    /// How often it is read.
    package var every: Duration
    /// Nil if the notifier never recorded it.
    package var note: SourceNote?
  }

  package struct ChannelState: Sendable {
    package var name: ChannelName
    /// Nil for a channel removed from the file.
    package var kind: ChannelKind?
    /// The rate limit; nil for none.
    package var rate: Rate?
    /// Nil while its circuit is closed.
    package var circuit: CircuitNote?
    package var health: ChannelHealth

    /// When the next delivery is attempted; with an open circuit that is a probe, even if no delivery is due then.
    package var nextAttempt: Instant? { health.nextDue.map { circuit?.until ?? $0 } }
  }

  package struct NextTimer: Sendable {
    package var key: TimerKey
    package var due: Instant
    /// The number of alerts waiting for it.
    package var waiting: Int
    /// The upcoming event, for an alert's own timer.
    package var upcoming: Upcoming?
  }

  package static func read(_ ledger: any Ledger, _ configuration: Configuration) async throws -> StatusReport {
    let summary = try await ledger.summary()
    let policy = Policy(rules: configuration.rules)
    let known = try await ledger.records(of: summary.nextTimers.flatMap(\.key.alerts))
    let timers = summary.nextTimers.map { timer in
      var next = NextTimer(key: timer.key, due: timer.due, waiting: summary.waiting[timer.key.description] ?? 0)
      if case .alert(let key) = timer.key { next.upcoming = known[key].flatMap { policy.upcoming($0).first } }
      return next
    }
    let isCertified = configuration.server?.tls != nil
    var report = StatusReport(
      summary: summary,
      silences: try await ledger.silences(),
      sources: states(of: configuration, try await ledger.sources()),
      channels: states(of: configuration, try await ledger.channelHealth(), try await ledger.circuits()),
      timers: timers,
      wake: try await WakeState.read(ledger, configuration),
      dead: try await ledger.deadLetters(limit: 10),
      damage: [],
      version: try await ledger.configurations(limit: 1).first,
      refusal: try await ledger.refusal(),
      size: try await ledger.size(),
      certificate: isCertified ? try await CertificateNote.kept(in: ledger) : nil
    )
    let alarm = try await ledger.record(of: AuditAlarm.key)
    report.auditTrouble = alarm.flatMap { $0.isActive ? $0.alert.title : nil }
    // Last: the queries before may have found some.
    report.trouble = await ledger.trouble()?.description
    report.damage = try await ledger.damage().sorted { $0.text < $1.text }
    return report
  }

  private static func states(of configuration: Configuration, _ notes: [SourceNote]) -> [SourceState] {
    configuration.sources.map { source in
      SourceState(
        name: source.name,
        every: source.every(configuration.interval),
        note: notes.first { $0.name == source.name }
      )
    }
  }

  private static func states(
    of configuration: Configuration,
    _ health: [ChannelName: ChannelHealth],
    _ circuits: [CircuitNote]
  ) -> [ChannelState] {
    Set(health.keys).union(configuration.channels.keys).sorted().map { name in
      ChannelState(
        name: name,
        kind: configuration.channels[name]?.kind,
        rate: configuration.channels[name]?.rate,
        circuit: circuits.first { $0.channel == name },
        health: health[name] ?? ChannelHealth()
      )
    }
  }

  /// Whether someone must act now.
  package func isBadNews(at now: Instant) -> Bool {
    deadCount > 0 || trouble != nil || auditTrouble != nil || !damage.isEmpty || channels.contains { $0.circuit != nil }
      || (summary.standings[.lost] ?? 0) > 0
      || sources.contains { $0.trouble(at: now) != nil } || refusal != nil
      || certificate?.isBadNews(at: now) == true || wake?.trouble != nil
  }

  package var deadCount: Int { channels.reduce(0) { $0 + ($1.health.counts[.dead] ?? 0) } }
  package var pendingCount: Int { channels.reduce(0) { $0 + ($1.health.counts[.pending] ?? 0) } }
}

extension StatusReport.SourceState {
  /// What is wrong with it.
  package enum Trouble: Sendable, Hashable {
    case unreadable(SourceNote.Trouble)
    /// The notifier has not read it since then: it records the state of the sources every minute.
    case unwatched(since: Instant)
  }

  package func trouble(at now: Instant) -> Trouble? {
    guard let note else { return nil }
    if now - note.at > .seconds(180) + every { return .unwatched(since: note.at) }
    return note.trouble.map { .unreadable($0) }
  }
}
