// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `wake`: who investigates a probe's finding or an alert, and where the answer goes.
package struct WakeSettings: FieldRecord {
  package var to = Located(ChannelName(""), at: 0)
  package var investigator: InvestigatorSettings?
  package var every = Period(.seconds(30))
  package var alerts = true
  package var debounce = Duration.seconds(600)
  package var consecutive = Count(2)
  package var bypassCritical = false
  package var note = ""
  private var severities = SeverityScale.standard

  package init() {}

  static let note = "Who investigates probe findings and alerts, and where the answer goes."

  package static let fields: [Field<WakeSettings>] = [
    .required("to", \.to, "The channel that the answer goes to.", example: "oncall"),
    .optional("investigator", \.investigator, InvestigatorSettings.note, otherwise: "none: the event itself is sent"),
    .optional("every", \.every, "How often new rows of the audit log are read.", otherwise: "30s"),
    .optional(
      "alerts",
      \.alerts,
      "Whether alerts that were sent are investigated as well, not only probe findings.",
      otherwise: "true"
    ),
    .optional(
      "debounce",
      \.debounce,
      "How long after one investigation no other starts, per probe and category, or per alert category and severity; `0s` for none.",
      otherwise: "10m"
    ),
    .optional(
      "consecutive",
      \.consecutive,
      "How many events within `debounce` start the first investigation.",
      otherwise: "2",
      example: "2"
    ),
    .optional(
      "bypass_critical",
      \.bypassCritical,
      "Whether a critical event always starts an investigation.",
      otherwise: "false"
    ),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

  package var rules: InvestigationRules {
    var rules = InvestigationRules(
      debounce: debounce,
      letsCriticalThrough: bypassCritical,
      required: consecutive.value
    )
    rules.severities = severities
    return rules
  }

  package mutating func check(_ node: JSONNode, _ report: inout Report) { severities = report.severities }

  package var shown: String { "to \(to.shown)" }
}
