// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A Prometheus server, queried for its alerts with `GET /api/v1/alerts`; firing ones are active.
///
/// https://prometheus.io/docs/prometheus/latest/querying/api/#alerts
package struct PrometheusSource: RequestingSource {
  package static let kind: SourceKind = "prometheus"

  package struct Settings: AlertServerSettings {
    package var server = AlertServer()
    package var login = ServerLogin()

    package init() {}

    package static let exampleURL = "http://localhost:9090"
    package static let fields: [Field<Settings>] = serverFields
  }

  private let name: SourceName
  private let settings: Settings
  private var last = UnchangedText()

  package init(name: SourceName, settings: Settings) {
    self.name = name
    self.settings = settings
  }

  package var subject: String { settings.server.url.text }

  package func request() -> Outgoing { settings.request("/api/v1/alerts") }

  package mutating func read(_ reply: Reply, at now: Instant) -> Observation {
    last.observation(of: reply, from: subject, "/api/v1/alerts") { [name, settings] source in
      AlertDecoding.readPrometheus(source, from: name, mapping: settings.mapping)
    }
  }
}
