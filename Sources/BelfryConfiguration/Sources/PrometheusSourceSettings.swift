// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A Prometheus server that is queried for its firing alerts.
package struct PrometheusSourceSettings: AlertServerSettings {
  package var server = AlertServer()
  package var note = ""

  package init() {}

  package static let kind = "prometheus"
  package static let exampleURL = "http://localhost:9090"
  package static let fields: [Field<PrometheusSourceSettings>] =
    serverFields + [.optional("note", \.note, SourceSettings.yourNote, otherwise: "none")]
}
