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

  /// Parts the tellings of a batch into those that stay alone, in their order, and those that become summaries.
  ///
  /// A route's own burst counts that route's alerts; the file's counts those of all other routes together.
  func part(_ tellings: [Telling]) -> (alone: [Telling], summaries: [Summary]) {
    guard rules.burst != nil || tellings.contains(where: { $0.route.burst != nil }) else { return (tellings, []) }
    let groups = Dictionary(grouping: tellings, by: scope(of:))
    var summaries: [Int: Summary] = [:]
    for (scope, group) in groups {
      guard let rule = group[0].route.burst ?? rules.burst else { continue }
      let count = Set(group.map(\.alert.key)).count
      if count > rule.over { summaries[scope] = Summary(rule: rule, tellings: group, count: count) }
    }
    let alone = tellings.filter { summaries[scope(of: $0)] == nil }
    return (alone, summaries.sorted { $0.key < $1.key }.map(\.value))
  }

  /// What is counted together: a route that has its own burst, by its place, or all others.
  private func scope(of telling: Telling) -> Int { telling.route.burst == nil ? .max : telling.route.index }
}
