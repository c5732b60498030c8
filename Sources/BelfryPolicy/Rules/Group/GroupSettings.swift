// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `group` of a route.
package struct GroupSettings: FieldValue {
  package var by: [CooldownRule.CooldownKey] = []
  package var wait: Duration = .seconds(30)
  package var every = Period(.seconds(300))
  package var note = ""
  package var offset = 0

  package static let note = "Alerts that share these values are sent together, and news about them in one update."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<GroupSettings>] = [
    .optional(
      "by",
      \.by,
      "What the alerts of a group share: category, source, severity, or names of labels.",
      otherwise: "nothing: all alerts of the route are one group",
      example: "cluster"
    ),
    .optional("wait", \.wait, "How long the first alert of a group waits for others.", otherwise: "30s"),
    .optional("every", \.every, "How long after a message the next one is sent, if there is news.", otherwise: "5m"),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> GroupSettings? {
    var settings = GroupSettings()
    settings.offset = node.offset
    Field.decode(fields, from: node, into: &settings, report: &report)
    return settings
  }

  package var shown: String { "by \(by.map(\.name).joined(separator: ", "))" }
}
