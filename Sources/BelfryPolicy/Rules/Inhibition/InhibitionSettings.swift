// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One entry of `inhibit`.
package struct InhibitionSettings: FieldValue {
  package var when = Matcher()
  package var mute = Matcher()
  package var equal: [CooldownRule.CooldownKey] = []
  package var note = ""
  package var offset = 0

  package static let note = "Which alerts mute others while they are active."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<InhibitionSettings>] = [
    .required("when", \.when, "The inhibiting alerts."),
    .required(
      "mute",
      \.mute,
      "The alerts that wait while an inhibiting alert is active, except those that match `when`."
    ),
    .optional(
      "equal",
      \.equal,
      "What both must share: names of labels, or category, source, severity.",
      otherwise: "nothing",
      example: "host"
    ),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> InhibitionSettings? {
    var settings = InhibitionSettings()
    settings.offset = node.offset
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    guard report.troubleCount == trouble else { return nil }
    if settings.when.covers(settings.mute) {
      report.warning(
        "it mutes nothing, because every alert that matches `mute` also matches `when`.",
        at: node.offset,
        remedy: "Narrow `when`: an inhibiting alert is not muted by its own rule."
      )
    }
    return settings
  }

  package var shown: String { "\(mute.text) while \(when.text)" }
}
