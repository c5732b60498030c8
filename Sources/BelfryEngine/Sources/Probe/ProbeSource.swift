// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryTransport

/// A service probed from outside: its state is its one alert.
///
/// A service that does not answer is a normal result. The source only fails if the probe itself could not be made, for
/// example because it was stopped.
package struct ProbeSource: AlertSource {
  /// The largest answer, in bytes: a healthy page may be long.
  package static let longestAnswer = 16 << 20

  package let name: SourceName
  private let settings: ProbeSourceSettings
  private let redaction: Redaction
  private let carrier: any Carrying
  private let connector: any Connecting
  private let ask: @Sendable (WakeRequest) -> Void
  private let stopwatch: @Sendable () -> Duration

  /// Makes a source; `ask` is called after every probe that finds the service degraded or unhealthy.
  ///
  /// It is also called if nothing has changed. `stopwatch` is the running time, on a clock that is never set.
  package init(
    name: SourceName,
    settings: ProbeSourceSettings,
    carrier: any Carrying,
    connector: any Connecting,
    ask: @escaping @Sendable (WakeRequest) -> Void,
    stopwatch: @escaping @Sendable () -> Duration
  ) {
    self.name = name
    self.settings = settings
    redaction = Redaction(settings.secrets)
    self.carrier = carrier
    self.connector = connector
    self.ask = ask
    self.stopwatch = stopwatch
  }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
    var streak = ProbeStreak()
    if case .probe(let known) = memory { streak = known }
    let look: ProbeLook
    do throws(TransportFailure) {
      look = try await self.look(at: now)
    } catch {
      return Observation(.failed(redaction.masked(error.message)), memory: memory)
    }
    let (finding, said) = look.finding(settings)
    let reason = redaction.masked(said)
    let judgement = streak.take(finding, settings, at: now)
    let remembered = SourceMemory.probe(streak)
    switch judgement {
    case .undecided: return Observation(.unchanged, memory: remembered)
    case .well: return Observation(.alerts(AlertSnapshot(alerts: [])), memory: remembered)
    case .degraded: return alarm("degraded", settings.degradedRule.severity, reason, streak, at: now)
    case .unhealthy: return alarm("unhealthy", settings.unhealthyRule.severity, reason, streak, at: now)
    }
  }

  /// The alert; it contains nothing that differs at every probe.
  private func alarm(
    _ state: String,
    _ severity: Severity,
    _ reason: String,
    _ streak: ProbeStreak,
    at now: Instant
  ) -> Observation {
    let alert = Alert(
      source: name,
      id: "probe",
      severity: severity,
      category: settings.category,
      title: "\(name) is \(state)",
      detail: "\(settings.subject): \(reason).",
      labels: ["service": name.name, "state": state],
      // An address that must not be shown completely is useless as a link.
      link: settings.http.map { $0.sealed.isEmpty ? $0.text : "" } ?? "",
      firstSeen: streak.since?.iso8601 ?? ""
    )
    ask(request(alert, state, streak, at: now))
    return Observation(.alerts(AlertSnapshot(alerts: [alert])), memory: .probe(streak))
  }

  /// The row for the audit log, with the current state.
  private func request(_ alert: Alert, _ state: String, _ streak: ProbeStreak, at now: Instant) -> WakeRequest {
    WakeRequest(
      emittedAt: now,
      probe: name.name,
      severity: alert.severity,
      category: alert.category,
      title: alert.title,
      detail: alert.detail,
      snapshot: [
        "state": state, "subject": settings.subject, "bad_looks": String(streak.bad), "since": alert.firstSeen,
      ]
    )
  }

  /// - Throws: if the probe could not be made.
  private func look(at now: Instant) async throws(TransportFailure) -> ProbeLook {
    let start = stopwatch()
    if let address = settings.http {
      let reply = await carrier.carryOut(.http(request(address)))
      return try HTTPProbe(settings).look(reply, after: stopwatch() - start)
    }
    guard let place = settings.tls ?? settings.tcp else {
      throw TransportFailure(.malformed, "the probe has no target")
    }
    let target = ConnectTarget(
      host: place.host,
      port: place.port,
      isSecure: settings.tls != nil,
      certificateAuthority: settings.ca?.absolute,
      addresses: settings.addresses.policy,
      limit: settings.timeout.duration
    )
    switch await connector.connect(to: target) {
    case .failed(let failure): return try .init(of: failure)
    case .connected(let end):
      let daysLeft = end.map { Int(($0 - now) / .seconds(86_400)) }
      if target.isSecure, daysLeft == nil { return .failed("the expiry date of its certificate could not be read") }
      return .answered(after: stopwatch() - start, daysLeft: daysLeft)
    }
  }

  private func request(_ address: WebAddress) -> HTTPExchange {
    HTTPExchange(
      method: "GET",
      to: address,
      addresses: settings.addresses.policy,
      limits: ExchangeLimits(
        connect: settings.timeout.duration,
        total: settings.timeout.duration,
        replyBytes: ProbeSource.longestAnswer
      ),
      certificateAuthority: settings.ca?.absolute
    )
  }
}

extension ProbeSource {
  /// Makes a probe over the network, which writes its requests into the audit log.
  package init(name: SourceName, settings: ProbeSourceSettings, transport: Transport, audit: AuditLog) {
    let start = ContinuousClock.now
    let ask: @Sendable (WakeRequest) -> Void = { audit.append([$0]) }
    self.init(name: name, settings: settings, carrier: transport, connector: Connector(), ask: ask) {
      start.duration(to: .now)
    }
  }
}
