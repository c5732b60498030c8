// SPDX-License-Identifier: Apache-2.0

/// A Prometheus server that is asked for its firing alerts.
package struct PrometheusSourceSettings: SourceKindSettings {
  package var url = WebAddress()
  package var every: Period?
  package var token: Secret?
  package var ca: SourcePath?
  package var stale: Period?
  package var severity = "severity"
  package var category = "category"
  package var note = ""

  package init() {}

  package static let kind = "prometheus"
  package static let fields: [Field<PrometheusSourceSettings>] = [
    .required("url", \.url, "The server's address, without /api.", example: "http://localhost:9090"),
    .optional("every", \.every, "How often it is asked.", otherwise: SourceSettings.everyOtherwise),
    .optional("stale", \.stale, SourceSettings.staleNote, otherwise: SourceSettings.staleOtherwise),
    .optional("token", \.token, "A bearer token.", otherwise: "none"),
    .optional("ca", \.ca, "A PEM file of the authorities to trust instead of the system's.", otherwise: "the system's"),
    .optional("severity", \.severity, "The label that holds the severity.", otherwise: "severity"),
    .optional(
      "category",
      \.category,
      "The label that holds the category.",
      otherwise: "category, else the alert's name"
    ),
    .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
  ]

  package var subject: String { url.text }
}
