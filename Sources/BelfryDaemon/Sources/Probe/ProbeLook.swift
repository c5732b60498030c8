// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What one look at a service gave.
package enum ProbeLook: Sendable, Hashable {
  /// It answered as it should; how many whole days its certificate is still valid, where one was looked at.
  case answered(after: Duration, daysLeft: Int?)
  /// It did not answer, or not as it should; why, for a person.
  case failed(String)

  /// How the look found the service, worse being greater.
  package enum Finding: Int, Sendable, Hashable, Comparable {
    case well, degraded, unhealthy

    package static func < (left: Finding, right: Finding) -> Bool { left.rawValue < right.rawValue }
  }

  /// What the look is by the limits of the settings, and why, for a person; the reason of a look that was well is empty.
  package func finding(_ settings: ProbeSourceSettings) -> (finding: Finding, reason: String) {
    switch self {
    case .failed(let reason): return (.unhealthy, reason)
    case .answered(let latency, let daysLeft):
      for (finding, rule) in [(Finding.unhealthy, settings.unhealthyRule), (.degraded, settings.degradedRule)] {
        if let limit = rule.latency, latency > limit { return (finding, "it took longer than \(limit.text) to answer") }
        if let limit = rule.daysLeft, let daysLeft, daysLeft < limit {
          return (finding, "its certificate ends in \(daysLeft) day\(daysLeft == 1 ? "" : "s")")
        }
      }
      return (.well, "")
    }
  }
}
