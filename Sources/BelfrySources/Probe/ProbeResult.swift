// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The result of probing a service once.
package enum ProbeResult: Sendable, Hashable {
  /// It answered as expected; for a certificate check, the number of whole days that it is still valid.
  case answered(after: Duration, daysLeft: Int?)
  /// It did not answer, or not as expected; the reason, for people.
  case failed(String)

  /// The state in which a probe found the service; worse is greater.
  package enum Finding: Int, Sendable, Hashable, Comparable {
    case well, degraded, unhealthy

    package static func < (left: Finding, right: Finding) -> Bool { left.rawValue < right.rawValue }
  }

  /// The state by the limits of the settings, and the reason for people; empty if it is healthy.
  package func finding(_ settings: ProbeSource.Settings) -> (finding: Finding, reason: String) {
    switch self {
    case .failed(let reason): return (.unhealthy, reason)
    case .answered(let latency, let daysLeft):
      for (finding, rule) in [(Finding.unhealthy, settings.unhealthyRule), (.degraded, settings.degradedRule)] {
        if let limit = rule.latency, latency > limit {
          return (finding, "it took longer than \(limit.text) to respond")
        }
        if let limit = rule.daysLeft, let daysLeft, daysLeft < limit {
          return (finding, "its certificate expires in \(daysLeft) day\(daysLeft == 1 ? "" : "s")")
        }
      }
      return (.well, "")
    }
  }
}
