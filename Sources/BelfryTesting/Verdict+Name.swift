// SPDX-License-Identifier: Apache-2.0
public import Belfry

extension Verdict {
  /// One word for tables of tests: `delivered`, `partial`, `retry`, `ambiguous`, `payload`, `target` or `operator`.
  public var name: String {
    switch self {
    case .delivered: "delivered"
    case .partial: "partial"
    case .retry: "retry"
    case .ambiguous: "ambiguous"
    case .rejected(let rejection, _): rejection.rawValue
    }
  }
}
