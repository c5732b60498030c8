// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Joins many alerts that would be sent at once, or within a short time, into one summary.
struct BurstStage {
  let rules: PolicyRules
  let now: Instant

  /// Alerts sent as one message, by the rule that joined them.
  struct Summary {
    let key: HoldKey
    let rule: BurstRule
    let tellings: [Telling]
    /// Alerts sent separately a short while ago that belong to the burst.
    let recent: [Alert]
    /// The number of alerts in it.
    let count: Int
  }

  /// How the messages of one batch are sent.
  struct Parts {
    /// Sent separately, in their order.
    var alone: [Telling] = []
    var summaries: [Summary] = []
    /// Held for the next update of a running burst.
    var held: [(telling: Telling, key: HoldKey, rule: BurstRule, until: Instant)] = []
    /// Bursts that may start, with their state to store.
    var counted: [(key: HoldKey, rule: BurstRule, alerts: [Alert])] = []
  }

  /// The burst that counts a route's alerts: the route's own, or the file's, which counts those of all other routes
  /// together.
  func rule(for route: Route) -> (key: HoldKey, rule: BurstRule)? {
    // A group is one message already.
    guard route.group == nil else { return nil }
    if let own = route.burst { return (HoldKey(route.identity), own) }
    return rules.burst.map { (HoldKey(""), $0) }
  }

  /// Divides the messages of a batch.
  func part(_ tellings: [Telling], _ state: PolicyState) -> Parts {
    var parts = Parts()
    var counted: [HoldKey: [Telling]] = [:]
    for telling in tellings {
      guard let (key, rule) = scope(of: telling) else { continue }
      if let until = state[burst: key]?.until, rule.within != nil, until > now {
        parts.held.append((telling, key, rule, until))
      } else {
        counted[key, default: []].append(telling)
      }
    }
    for (key, group) in counted.sorted(by: { place($0.value[0]) < place($1.value[0]) }) {
      guard let (_, rule) = scope(of: group[0]) else { continue }
      judge(group, key, rule, state[burst: key], &parts)
    }
    let joined = Set(parts.summaries.map(\.key)).union(parts.held.map(\.key))
    parts.alone = tellings.filter { telling in scope(of: telling).map { !joined.contains($0.key) } ?? true }
    return parts
  }

  private func judge(
    _ group: [Telling],
    _ key: HoldKey,
    _ rule: BurstRule,
    _ record: BurstRecord?,
    _ parts: inout Parts
  ) {
    let new = Set(group.map(\.alert.key))
    let recent = (record?.recent ?? []).filter { one in
      rule.within.map { one.at + $0 > now } == true && !new.contains(one.alert.key)
    }
    if new.count + recent.count > rule.over {
      let count = new.count + recent.count
      parts.summaries.append(
        Summary(key: key, rule: rule, tellings: group, recent: recent.map(\.alert), count: count)
      )
    } else if rule.within != nil {
      var seen: Set<AlertKey> = []
      parts.counted.append((key, rule, group.map(\.alert).filter { seen.insert($0.key).inserted }))
    }
  }

  /// The burst that counts a message; nil if it is always sent separately.
  private func scope(of telling: Telling) -> (key: HoldKey, rule: BurstRule)? {
    guard [.fires, .flaps, .settles].contains(telling.news), telling.released == nil,
      let (key, rule) = rule(for: telling.route),
      rule.except?.contains(telling.alert.severity) != true
    else { return nil }
    return (key, rule)
  }

  /// The order of bursts: those of routes in the order of the routes, then the file's.
  private func place(_ telling: Telling) -> Int { telling.route.burst == nil ? .max : telling.route.index }
}
