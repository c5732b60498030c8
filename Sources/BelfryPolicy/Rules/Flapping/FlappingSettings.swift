// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `flapping`.
package struct FlappingSettings: FieldValue {
  package var over = Count(5)
  package var within = Period(.seconds(1800))
  package var note = ""
  package var offset = 0

  package static let note =
    "Alerts that fire and resolve too often are reported as flapping once, and again when they settle."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<FlappingSettings>] = [
    .required(
      "over",
      \.over,
      "An alert flaps if it fires or resolves more than this many times `within` the period.",
      example: "5"
    ),
    .required(
      "within",
      \.within,
      "The period; the alert has settled when nothing changes for this long.",
      example: "30m"
    ),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> FlappingSettings? {
    var settings = FlappingSettings()
    settings.offset = node.offset
    Field.decode(fields, from: node, into: &settings, report: &report)
    return settings
  }

  package var shown: String { "over \(over.value) within \(within.duration.text)" }
}
