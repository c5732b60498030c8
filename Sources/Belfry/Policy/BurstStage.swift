// SPDX-License-Identifier: Apache-2.0

/// Joins many alerts that would be told in one batch into one summary.
struct BurstStage {
  let rules: PolicyRules

  /// Alerts that are told as one, by the rule that joined them.
  struct Summary {
    let rule: BurstRule
    let tellings: [Telling]
    /// How many alerts it is about.
    let count: Int
  }

  /// Parts the tellings of a batch into those that stay alone and those that become summaries.
  ///
  /// A route's own burst counts that route's alerts; the file's counts those of all other routes together.
  func part(_ tellings: [Telling]) -> (alone: [Telling], summaries: [Summary]) {
    let groups = Dictionary(grouping: tellings) { $0.route.burst == nil ? nil : $0.route.index }
    var alone: [Telling] = []
    var summaries: [Summary] = []
    for (index, group) in groups.sorted(by: { ($0.key ?? .max) < ($1.key ?? .max) }) {
      let rule = index.map { rules.table.routes[$0].burst } ?? rules.burst
      let count = Set(group.map(\.alert.key)).count
      if let rule, count > rule.over {
        summaries.append(Summary(rule: rule, tellings: group, count: count))
      } else {
        alone += group
      }
    }
    return (alone, summaries)
  }
}

/// An alert that is to be told on a route, and why.
struct Telling {
  let alert: Alert
  let route: Route
  let reason: String
}
