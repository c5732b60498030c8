// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryTransport

/// A Prometheus server, queried for its alerts with `GET /api/v1/alerts`; firing ones are active.
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
    await settings.server.look("/api/v1/alerts", over: carrier, since: memory, limits) { source, mapping in
      AlertDecoding.readPrometheus(source, from: name, mapping: mapping, limits: limits)
    }
  }
}
