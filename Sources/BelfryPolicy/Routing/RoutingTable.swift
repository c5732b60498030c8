// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The routes, compiled once so that resolving an alert only evaluates routes that can match it.
///
/// Each route is indexed by one of its exact conditions, the rarest in the table, and found by hash from the alert's
/// value. Routes without an exact condition are evaluated for every alert. The order of the file is kept.
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

    func value(in alert: Alert) -> String? {
      switch self {
      case .severity: alert.severity.name
      case .category: alert.category
      case .source: alert.source.name
      case .label(let name): alert.labels[name.text]
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
    let choices = routes.map { RoutingTable.anchors(of: $0.matcher) }
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

  /// The routes that take an alert, in the order of the file: the first that matches, and later ones while they
  /// `continue`.
  package func resolve(_ alert: Alert, memo: inout MatchMemo) -> [Route] {
    var candidates = candidates(for: alert)
    var matched: [Route] = []
    while let index = candidates.next() {
      guard routes[index].matcher.matches(alert, memo: &memo) else { continue }
      matched.append(routes[index])
      if !routes[index].continues { break }
    }
    return matched
  }

  /// The route with that identity; nil if it is no longer in the file.
  package func route(_ identity: String) -> Route? { byIdentity[identity].map { routes[$0] } }

  /// The number of routes evaluated for an alert if none of them matches.
  package func candidateCount(for alert: Alert) -> Int {
    var candidates = candidates(for: alert)
    var count = 0
    while candidates.next() != nil { count += 1 }
    return count
  }

  private func candidates(for alert: Alert) -> Candidates {
    var candidates = Candidates()
    candidates.add(loose)
    for (field, routes) in hanging {
      if let value = field.value(in: alert) { candidates.add(routes[ExactText(value)]) }
    }
    return candidates
  }

  /// Merges several ascending lists of route indices, each index once.
  private struct Candidates {
    private var lists: [ArraySlice<Int>] = []

    mutating func add(_ list: [Int]?) {
      if let list, !list.isEmpty { lists.append(list[...]) }
    }

    mutating func next() -> Int? {
      var least: Int?
      for list in lists {
        if let first = list.first, first < least ?? .max { least = first }
      }
      guard let least else { return nil }
      for index in lists.indices where lists[index].first == least { lists[index].removeFirst() }
      return least
    }
  }
}
