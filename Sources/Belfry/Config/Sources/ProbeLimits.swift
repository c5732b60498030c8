// SPDX-License-Identifier: Apache-2.0

/// The limits at which a probed service is in a state, as written.
package struct ProbeLimits: FieldValue, Hashable {
  package var after: Count?
  package var latency: Duration?
  package var daysLeft: Count?
  package var severity: SeverityWord?
  package var note = ""

  package init() {}

  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  static let fields: [Field<ProbeLimits>] = [
    .optional(
      "after",
      \.after,
      "After how many such looks in a row.",
      otherwise: "3 for degraded, 2 for unhealthy",
      example: "2"
    ),
    .optional("latency", \.latency, "A look that takes longer is such a look.", otherwise: "it may take its time"),
    .optional(
      "days_left",
      \.daysLeft,
      "A certificate that ends in fewer days makes it such a look.",
      otherwise: "21 for degraded, 7 for unhealthy",
      example: "21"
    ),
    .optional("severity", \.severity, "How bad it is.", otherwise: "warning for degraded, critical for unhealthy"),
    .optional("note", \.note, "Free text of yours.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> ProbeLimits? {
    var limits = ProbeLimits()
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &limits, report: &report)
    return report.troubleCount == trouble ? limits : nil
  }

  package var shown: String { "" }
}

/// The limits at which a probed service is in a state, with that state's defaults.
package struct ProbeRule: Sendable, Hashable {
  package var after: Int
  package var latency: Duration?
  package var daysLeft: Int?
  package var severity: Severity

  init(_ limits: ProbeLimits, after: Int, daysLeft: Int?, severity: Severity) {
    self.after = limits.after?.value ?? after
    self.latency = limits.latency
    self.daysLeft = limits.daysLeft?.value ?? daysLeft
    self.severity = limits.severity?.severity ?? severity
  }
}
