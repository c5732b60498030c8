// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `burst`.
package struct BurstSettings: FieldValue {
  package var over = Count(5)
  package var to: [Located<ChannelName>] = []
  package var within: Period?
  package var except: SeveritySelector?
  package var note = ""
  package var offset = 0
  package var isWhole = true

  package static let note = "How many alerts at once are sent as one summary."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<BurstSettings>] = [
    .required("over", \.over, "More than this many new alerts at once become one summary.", example: "5"),
    .optional(
      "within",
      \.within,
      "The period in which they are counted.",
      otherwise: "one poll of the sources",
      example: "60s"
    ),
    .optional(
      "except",
      \.except,
      "Severities that are always sent alone and not counted, such as `critical`.",
      otherwise: "none"
    ),
    .optional("to", \.to, "Where the summary goes.", otherwise: "each channel gets a summary of its alerts"),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> BurstSettings? {
    var settings = BurstSettings()
    settings.offset = node.offset
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    settings.isWhole = report.troubleCount == trouble
    return settings
  }

  package var shown: String { "over \(over.value)" }
}
