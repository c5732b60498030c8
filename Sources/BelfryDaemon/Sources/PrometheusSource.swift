// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport

/// A Prometheus server, asked for its alerts through `GET /api/v1/alerts`; those that fire are active.
///
/// https://prometheus.io/docs/prometheus/latest/querying/api/#alerts
package struct PrometheusSource: AlertSource {
  package let name: SourceName
  private let settings: PrometheusSourceSettings
  private let carrier: any Carrying
  private let limits: AlertLimits

  package init(
    name: SourceName,
    settings: PrometheusSourceSettings,
    carrier: any Carrying,
    limits: AlertLimits = .standard
  ) {
    self.name = name
    self.settings = settings
    self.carrier = carrier
    self.limits = limits
  }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
    await carrier.look(request, at: settings.url.text, since: memory) { read($0, since: memory) }
  }

  private var request: HTTPExchange {
    var fields = [HTTPField("Accept", "application/json")]
    if let token = settings.token, !token.isEmpty {
      fields.append(HTTPField("Authorization", prefix: "Bearer ", secret: token))
    }
    return HTTPExchange(
      method: "GET",
      url: settings.url.text + "/api/v1/alerts",
      fields: fields,
      limits: ExchangeLimits(replyBytes: limits.fileBytes),
      certificateAuthority: settings.ca?.absolute
    )
  }

  private func read(_ body: [UInt8], since memory: SourceMemory?) -> Observation {
    var hash = StableHash()
    hash.combine(body)
    if memory == .content(hash.value) { return Observation(.unchanged, memory: memory) }
    let source = SourceText(name: "\(settings.url.text)/api/v1/alerts", bytes: body)
    let mapping = AlertLabelMapping(severity: settings.severity, category: settings.category)
    let snapshot = AlertDecoding.readPrometheus(source, from: name, mapping: mapping, limits: limits)
    // An answer that is no list of alerts at all proves nothing, and the next one is to be read again.
    let memory = snapshot.isComplete ? SourceMemory.content(hash.value) : nil
    return Observation(.alerts(snapshot), memory: memory)
  }
}
