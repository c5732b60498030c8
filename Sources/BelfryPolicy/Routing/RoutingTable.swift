// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The routes, compiled once so that resolving an alert only evaluates routes that can match it.
///
/// Each route is indexed by one exact condition of its own or of the routes around it, the rarest in the table, and found
/// by hash from the alert's value. Routes without such a condition are evaluated for every alert. The order of the file is
/// kept.
package struct RoutingTable: Sendable {
  package let routes: [Route]
  /// Whether any route has reminders or escalations.
  let hasChecks: Bool
  /// Whether any route has a burst of its own.
  let hasBursts: Bool
  /// The first route of each identity.
  private let byIdentity: [String: Int]
  /// The routes that hang on an exact value, for each field that any of them hangs on.
  private var hanging: [(field: Field, routes: [ExactText: [Int]])] = []
  private var loose: [Int] = []

  private enum Field: Hashable {
    case severity
    case category
    case source
    case label(ExactText)

    /// Empty if the alert has none; no route hangs on an empty label.
    func value(in alert: Alert) -> String {
      switch self {
      case .severity: alert.severity.name
      case .category: alert.category
      case .source: alert.source.name
      case .label(let name): alert.value(ofLabel: name.text)
      }
    }
  }

  private struct Anchor: Hashable {
    let field: Field
    let value: ExactText
  }

  package init(_ routes: [Route]) {
    self.routes = routes
    hasChecks = routes.contains { $0.reminder != nil || !$0.escalations.isEmpty }
    hasBursts = routes.contains { $0.burst != nil }
    byIdentity = Dictionary(routes.enumerated().map { ($1.identity, $0) }) { first, _ in first }
    var frequency: [Anchor: Int] = [:]
    var choices: [[[Anchor]]] = []
    for route in routes {
      choices.append((route.parent.map { choices[$0] } ?? []) + RoutingTable.anchors(of: route.matcher))
    }
    for anchor in choices.joined().joined() { frequency[anchor, default: 0] += 1 }
    var hanging: [Field: [ExactText: [Int]]] = [:]
    for (index, sets) in choices.enumerated() {
      let rarest = sets.min { cost($0) < cost($1) }
      guard let rarest else {
        loose.append(index)
        continue
      }
      for anchor in rarest { hanging[anchor.field, default: [:]][anchor.value, default: []].append(index) }
    }
    self.hanging = hanging.map { ($0, $1) }
    func cost(_ anchors: [Anchor]) -> Int { anchors.reduce(0) { $0 + (frequency[$1] ?? 0) } }
  }

  /// The possible index entries of a route: for each condition with only exact values, those values.
  private static func anchors(of matcher: Matcher) -> [[Anchor]] {
    var sets: [[Anchor]] = []
    func add(_ field: Field, _ patterns: Patterns?) {
      // The empty label value also matches an absent label, and so cannot be found through the existing ones.
      guard let patterns, patterns.others.isEmpty, !patterns.exact.contains("") || field == .category else { return }
      sets.append(patterns.exact.map { Anchor(field: field, value: $0) })
    }
    if let severity = matcher.severity {
      sets.append(severity.severities.map { Anchor(field: .severity, value: ExactText($0.name)) })
    }
    add(.category, matcher.category)
    add(.source, matcher.source)
    for label in matcher.labels { add(.label(ExactText(label.name)), label.patterns) }
    return sets
  }

  /// The routes that take an alert, in the order of the file, with Alertmanager's meaning.
  ///
  /// Of routes beside each other, the first that matches takes it, and later ones while they `continue`. A route that
  /// matches leaves the alert to those nested in it; it is one of the result only if none of them matches.
  package func resolve(_ alert: Alert, memo: inout MatchMemo) -> [Route] {
    var candidates = candidates(for: alert)
    var taking: [Route] = []
    resolve(alert, in: nil, until: routes.count, &candidates, &taking, &memo)
    return taking
  }

  /// Resolves the alert among the routes nested in one that matches, or at the top.
  private func resolve(
    _ alert: Alert,
    in parent: Int?,
    until end: Int,
    _ candidates: inout Candidates,
    _ taking: inout [Route],
    _ memo: inout MatchMemo
  ) {
    while let index = candidates.first, index < end {
      let route = routes[index]
      // Candidates below a route that does not match are not reached.
      guard route.parent == parent, route.matcher.matches(alert, memo: &memo) else {
        candidates.skip(to: route.parent == parent ? route.end : index + 1)
        continue
      }
      candidates.skip(to: index + 1)
      let count = taking.count
      if route.end > index + 1 { resolve(alert, in: index, until: route.end, &candidates, &taking, &memo) }
      if taking.count == count { taking.append(route) }
      candidates.skip(to: route.continues ? route.end : end)
    }
  }

  /// The route with that identity; nil if it is no longer in the file.
  package func route(_ identity: String) -> Route? { byIdentity[identity].map { routes[$0] } }

  /// The most routes that are evaluated for an alert.
  package func candidateCount(for alert: Alert) -> Int {
    var candidates = candidates(for: alert)
    var count = 0
    while let index = candidates.first {
      count += 1
      candidates.skip(to: index + 1)
    }
    return count
  }

  private func candidates(for alert: Alert) -> Candidates {
    var candidates = Candidates()
    candidates.add(loose)
    for (field, routes) in hanging {
      candidates.add(routes[ExactText(field.value(in: alert))])
    }
    return candidates
  }

  /// Merges several ascending lists of route indices.
  private struct Candidates {
    private var lists: [ArraySlice<Int>] = []

    mutating func add(_ list: [Int]?) {
      if let list, !list.isEmpty { lists.append(list[...]) }
    }

    /// The least index that was not skipped.
    var first: Int? {
      var least: Int?
      for list in lists {
        if let first = list.first, first < least ?? .max { least = first }
      }
      return least
    }

    /// Removes all indices below `end`.
    mutating func skip(to end: Int) {
      for index in lists.indices {
        var count = 0
        // Usually few are skipped; a large subtree by halving.
        var list = lists[index]
        while count < 4, let first = list.first, first < end {
          list.removeFirst()
          count += 1
        }
        if let first = list.first, first < end { list = list[Candidates.position(of: end, in: list)...] }
        lists[index] = list
      }
    }

    /// The position of the first index that is not below `end`.
    private static func position(of end: Int, in list: ArraySlice<Int>) -> Int {
      var (low, high) = (list.startIndex, list.endIndex)
      while low < high {
        let middle = (low + high) / 2
        if list[middle] < end { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }
}
