// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One step of `escalate`.
package struct EscalationSettings: FieldValue {
  package var after = Period(.seconds(900))
  package var to: [Located<ChannelName>] = []
  package var note = ""
  package var offset = 0

  package static let note = "Who else is notified if nobody acknowledges an alert, and when."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<EscalationSettings>] = [
    .required("after", \.after, "How long after the alert was first sent.", example: "15m"),
    .required("to", \.to, "The channels that are then notified.", example: "phone"),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> EscalationSettings? {
    var settings = EscalationSettings()
    settings.offset = node.offset
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    return report.troubleCount == trouble ? settings : nil
  }

  package var shown: String { "after \(after.duration.text)" }
}
