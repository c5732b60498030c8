// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

extension JSONWriter {
  /// Writes a decision, its reason and its rule as members of an object.
  package mutating func members(of decision: Decision) {
    member("outcome", decision.outcome.name)
    switch decision.outcome {
    case .notify(let channels): member("channels", channels.map(\.name))
    case .hold(let until): member("until", until?.iso8601)
    case .suppress: break
    }
    member("because", decision.reason)
    member("rule", decision.rule.path)
    member("line", decision.rule.line)
  }
}
