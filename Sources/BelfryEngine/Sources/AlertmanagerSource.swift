// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryTransport

/// An Alertmanager, queried for its alerts with `GET /api/v2/alerts`.
///
/// Alertmanager itself leaves out alerts that are silenced or inhibited there.
///
/// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
package struct AlertmanagerSource: AlertSource {
  package let name: SourceName
  private let settings: AlertmanagerSourceSettings
  private let carrier: any Carrying
  private let limits: AlertLimits

  package init(
    name: SourceName,
    settings: AlertmanagerSourceSettings,
    carrier: any Carrying,
    limits: AlertLimits = .standard
  ) {
    self.name = name
    self.settings = settings
    self.carrier = carrier
    self.limits = limits
  }

  package func observe(since memory: SourceMemory?, at now: Instant) async -> Observation {
    let (silenced, inhibited) = (settings.includesSilenced, settings.includesInhibited)
    let path = "/api/v2/alerts?active=true&silenced=\(silenced)&inhibited=\(inhibited)"
    return await settings.server.look(path, over: carrier, since: memory, limits) { source, mapping in
      // Alertmanager returns only alerts that have not ended by its own clock; our clock, which may be wrong, removes
      // none.
      AlertDecoding.read(source, from: name, now: Instant(seconds: 0), mapping: mapping, limits: limits)
    }
  }
}
