// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport

/// A service probed from outside: its state is its one alert.
///
/// A service that does not answer is a normal result. The source only fails if the probe itself could not be made, for
/// example because it was stopped.
package struct ProbeSource: AlertSource {
  package static let kind: SourceKind = "probe"
  /// The largest answer, in bytes: a healthy page may be long.
  package static let longestAnswer = 16 << 20

  package let name: SourceName
  private let settings: Settings
  private let redaction: Redaction
  private let connector: any Connecting
  private let stopwatch: @Sendable () -> Duration
  private var streak = ProbeStreak()

  package init(name: SourceName, settings: Settings) {
    let start = ContinuousClock.now
    self.init(name: name, settings: settings, connector: Connector()) { start.duration(to: .now) }
  }

  /// Creates a source; `stopwatch` is the running time, on a clock that is never set.
  package init(
    name: SourceName,
    settings: Settings,
    connector: any Connecting,
    stopwatch: @escaping @Sendable () -> Duration
  ) {
    self.name = name
    self.settings = settings
    redaction = Redaction(settings.secrets)
    self.connector = connector
    self.stopwatch = stopwatch
  }

  package var subject: String { settings.subject }

  package mutating func poll(_ context: PollContext) async -> Observation {
    let result: ProbeResult
    do throws(TransportFailure) {
      result = try await probe(context)
    } catch {
      return .failed(redaction.masked(error.message))
    }
    let (finding, said) = result.finding(settings)
    let reason = redaction.masked(said)
    return switch streak.take(finding, settings, at: context.now) {
    case .undecided: .unchanged
    case .well: .active([])
    case .degraded: alarm("degraded", settings.degradedRule.severity, reason)
    case .unhealthy: alarm("unhealthy", settings.unhealthyRule.severity, reason)
    }
  }

  /// The alert, which should be investigated after every such probe; it contains nothing that differs at every probe.
  private func alarm(_ state: String, _ severity: Severity, _ reason: String) -> Observation {
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
    var observation = Observation.active([alert])
    let details = [
      "state": state, "subject": settings.subject, "bad_looks": String(streak.bad), "since": alert.firstSeen,
    ]
    observation.investigations = [InvestigationRequest(alert, details: details)]
    return observation
  }

  /// - Throws: if the probe could not be made.
  private func probe(_ context: PollContext) async throws(TransportFailure) -> ProbeResult {
    let start = stopwatch()
    if let address = settings.http {
      let reply = await context.send(.http(request(address)))
      return try HTTPProbe(settings).result(of: reply, after: stopwatch() - start)
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
      let daysLeft = end.map { Int(($0 - context.now) / .seconds(86_400)) }
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
    .applying(settings.httpOptions)
  }
}
