// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// An Alertmanager that is queried for its alerts.
package struct AlertmanagerSourceSettings: AlertServerSettings {
  package var server = AlertServer()
  package var includesSilenced = false
  package var includesInhibited = false
  package var note = ""

  package init() {}

  package static let kind = "alertmanager"
  package static let exampleURL = "http://localhost:9093"
  package static let fields: [Field<AlertmanagerSourceSettings>] =
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
      ), .optional("note", \.note, SourceSettings.yourNote, otherwise: "none"),
    ]
}
