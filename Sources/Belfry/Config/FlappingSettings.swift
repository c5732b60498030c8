// SPDX-License-Identifier: Apache-2.0

/// The key `flapping`.
package struct FlappingSettings: FieldValue {
  package var over = Count(5)
  package var within = Period(.seconds(1800))
  package var note = ""
  package var offset = 0

  static let note =
    "How often an alert may begin and end before it is told as flapping, once, and then when it has settled."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  static let fields: [Field<FlappingSettings>] = [
    .required("over", \.over, "More than this many beginnings and ends …", example: "5"),
    .required("within", \.within, "… in this time; it has settled when nothing changes for as long.", example: "30m"),
    .optional("note", \.note, "Free text of yours, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> FlappingSettings? {
    var settings = FlappingSettings()
    settings.offset = node.offset
    Field.decode(fields, from: node, into: &settings, report: &report)
    return settings
  }

  package var shown: String { "over \(over.value) within \(within.duration.text)" }
}
