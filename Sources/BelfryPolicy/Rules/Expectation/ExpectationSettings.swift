// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One entry of `expect`.
package struct ExpectationSettings: FieldValue {
  package var id = ""
  package var every = Period(.seconds(86_400))
  package var severity = SeverityWord(.critical)
  package var note = ""
  package var offset = 0

  package static let note = "Alerts that must arrive regularly, such as a backup's. A missing one is an alert."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<ExpectationSettings>] = [
    .required("id", \.id, "The id of the expected alert.", example: "nightly-backup"),
    .required("every", \.every, "The longest time between two arrivals.", example: "24h"),
    .optional("severity", \.severity, "The severity of the alert about a missing one.", otherwise: "critical"),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> ExpectationSettings? {
    var settings = ExpectationSettings()
    settings.offset = node.offset
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    return report.troubleCount == trouble ? settings : nil
  }

  package var shown: String { id }
}

/// A severity as a value.
package struct SeverityWord: FieldValue, Hashable {
  package var severity: Severity
  package init(_ severity: Severity) { self.severity = severity }

  package static var shape: FieldShape {
    let text = "critical, warning, info, or another word"
    return .said(text, .oneOf([.choice(Severity.known.map(\.name)), .string(text)]))
  }
  package static func read(_ node: JSONNode, _ report: inout Report) -> SeverityWord? {
    guard let word = String.read(node, &report) else { return nil }
    if word.isEmpty {
      report.error("it is empty.", at: node.offset, remedy: "Write critical, warning or info.")
      return nil
    }
    return SeverityWord(report.severities.severity(word))
  }
  package var shown: String { severity.name }
}
