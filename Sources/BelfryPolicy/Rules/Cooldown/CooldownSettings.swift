// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `cooldown`: a duration, or an object.
package struct CooldownSettings: FieldValue {
  package var window: Duration = .seconds(1800)
  package var by: [CooldownRule.CooldownKey] = [.category]
  package var note = ""
  package var offset = 0

  package static let note =
    "How long similar alerts are held back after one was sent, unless they are more severe; `\"0s\"` is off."
  package static var shape: FieldShape { .oneOf([Duration.shape, .record(fields.map(\.summary))]) }

  package static let fields: [Field<CooldownSettings>] = [
    .optional("window", \.window, "How long.", otherwise: "30m"),
    .optional(
      "by",
      \.by,
      "What similar alerts share: category, source, severity, or names of labels.",
      otherwise: "category"
    ),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> CooldownSettings? {
    var settings = CooldownSettings()
    settings.offset = node.offset
    guard node.members != nil else {
      return Duration.read(node, &report).map {
        settings.window = $0
        return settings
      }
    }
    Field.decode(fields, from: node, into: &settings, report: &report)
    return settings
  }

  package var shown: String { window.text }
}

extension CooldownRule.CooldownKey: FieldValue {
  package static var shape: FieldShape {
    let text = "category, source, severity, or the name of a label"
    return .said(text, .oneOf([.choice(["category", "source", "severity"]), .string(text)]))
  }
  package static func read(_ node: JSONNode, _ report: inout Report) -> CooldownRule.CooldownKey? {
    guard let name = String.read(node, &report) else { return nil }
    let key = CooldownRule.CooldownKey(name)
    if case .label = key, let near = Nearest.name(to: name, among: ["category", "source", "severity"]) {
      report.warning(
        "\"\(name)\" is taken as the name of a label.",
        at: node.offset,
        remedy: "Did you mean \"\(near)\"?"
      )
    }
    return key
  }
  package var shown: String { name }
}
