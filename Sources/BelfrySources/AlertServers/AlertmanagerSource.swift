// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// An Alertmanager, queried for its alerts with `GET /api/v2/alerts`.
///
/// Alertmanager itself leaves out alerts that are silenced or inhibited there.
///
/// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
package struct AlertmanagerSource: RequestingSource {
  package static let kind: SourceKind = "alertmanager"

  package struct Settings: AlertServerSettings {
    package var server = AlertServer()
    package var login = ServerLogin()
    package var includesSilenced = false
    package var includesInhibited = false

    package init() {}

    package static let exampleURL = "http://localhost:9093"
    package static let fields: [Field<Settings>] =
      serverFields + [
        .optional(
          "silenced",
          \.includesSilenced,
          "Whether to include alerts that are silenced there.",
          otherwise: "false"
        ),
        .optional(
          "inhibited",
          \.includesInhibited,
          "Whether to include alerts that are inhibited there.",
          otherwise: "false"
        ),
      ]
  }

  private let name: SourceName
  private let settings: Settings
  private var last = UnchangedText()

  package init(name: SourceName, settings: Settings) {
    self.name = name
    self.settings = settings
  }

  package var subject: String { settings.server.url.text }

  package func request() -> Outgoing {
    let (silenced, inhibited) = (settings.includesSilenced, settings.includesInhibited)
    return settings.request("/api/v2/alerts?active=true&silenced=\(silenced)&inhibited=\(inhibited)")
  }

  package mutating func read(_ reply: Reply, at now: Instant) -> Observation {
    last.observation(of: reply, from: subject, "/api/v2/alerts") { [name, settings] source in
      // Alertmanager returns only alerts that have not ended by its own clock; our clock, which may be wrong, removes
      // none.
      AlertDecoding.read(source, from: name, now: Instant(seconds: 0), mapping: settings.mapping)
    }
  }
}
