// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `cap` of a route or a channel: how many messages it may send in some time.
package struct CapSettings: FieldValue {
  package var over = Count(20)
  package var per = Period(.seconds(3600))
  package var except = CapExceptions.critical
  package var note = ""
  package var offset = 0

  package static let note =
    "The most messages in some time. The alerts that exceed it wait, and are sent in one follow-up when there is room."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<CapSettings>] = [
    .required("over", \.over, "More messages than this wait.", example: "20"),
    .required("per", \.per, "The time in which they are counted.", example: "1h"),
    .optional(
      "except",
      \.except,
      "The severities that are always sent and not counted; `[]` for none.",
      otherwise: "critical"
    ),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> CapSettings? {
    var settings = CapSettings()
    settings.offset = node.offset
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    return report.troubleCount == trouble ? settings : nil
  }

  package func rule(_ rule: Rule) -> CapRule {
    CapRule(over: over.value, per: per.duration, except: except.severities, rule: rule)
  }

  package var shown: String { "over \(over.value) per \(per.duration.text)" }
}

/// The severities that a cap lets pass: unlike other rules, it has some by default, so that a file can also say that there are none.
package struct CapExceptions: FieldValue, Hashable {
  /// Nil for none.
  package var severities: SeveritySelector?

  static let critical = CapExceptions(severities: SeveritySelector([.critical]))

  package static var shape: FieldShape { SeveritySelector.shape }
  package static func read(_ node: JSONNode, _ report: inout Report) -> CapExceptions? {
    if node.elements?.isEmpty == true { return CapExceptions(severities: nil) }
    return SeveritySelector.read(node, &report).map { CapExceptions(severities: $0) }
  }
  package var shown: String { severities?.text ?? "none" }
}
