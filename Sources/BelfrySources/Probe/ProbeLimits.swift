// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The limits at which a probed service is in a state, as written.
package struct ProbeLimits: FieldRecord, Hashable {
  package var after: Count?
  package var latency: Duration?
  package var daysLeft: Count?
  package var severity: SeverityWord?
  package var note = ""

  package init() {}

  package static let fields: [Field<ProbeLimits>] = [
    .optional(
      "after",
      \.after,
      "How many bad checks in a row it takes.",
      otherwise: "3 for degraded, 2 for unhealthy",
      example: "2"
    ),
    .optional("latency", \.latency, "A check that takes longer is bad.", otherwise: "no limit"),
    .optional(
      "days_left",
      \.daysLeft,
      "A check is bad if the certificate expires in fewer days.",
      otherwise: "21 for degraded, 7 for unhealthy",
      example: "21"
    ),
    .optional(
      "severity",
      \.severity,
      "The alert's severity.",
      otherwise: "warning for degraded, critical for unhealthy"
    ),
    .optional("note", \.note, "Free text.", otherwise: "none"),
  ]

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
