// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// The checks of routes across keys: unknown names, routes that no alert can reach, alerts that no route takes.
struct RouteChecks {
  private let all: ConfigurationChecks
  private let routes: RouteTree

  init(_ all: ConfigurationChecks) {
    self.all = all
    routes = all.file.routes
  }

  func check(_ report: inout Report) {
    check(siblings: routes.nodes.indices, &report)
    checkCoverage(&report)
  }

  /// Checks routes beside each other, and those nested in them.
  private func check(siblings range: Range<Int>, _ report: inout Report) {
    let siblings = Array(sequence(first: range.lowerBound) { routes.nodes[$0].end }.prefix { $0 < range.upperBound })
    var above = CoveringMatchers(among: siblings.lazy.map { routes.nodes[$0].own.match })
    for index in siblings {
      let node = routes.nodes[index]
      report.within("[\(node.own.index)]") { report in
        check(node, at: index, below: &above, &report)
        if index + 1 < node.end { report.within("routes") { check(siblings: index + 1..<node.end, &$0) } }
      }
    }
  }

  private func check(
    _ node: RouteTree.Node,
    at index: Int,
    below above: inout CoveringMatchers,
    _ report: inout Report
  ) {
    all.check(node.own.to, &report)
    for (index, step) in (node.own.escalate ?? []).enumerated() {
      report.within("escalate") { $0.within("[\(index)]") { all.check(step.to, &$0) } }
    }
    if let burst = node.own.burst { report.within("burst") { all.check(burst.to, &$0) } }
    checkSources(node.own, &report)
    checkDigest(of: node, &report)
    checkReach(node, at: index, below: &above, &report)
  }

  private func checkSources(_ route: RouteSettings, _ report: inout Report) {
    for name in (route.match.source?.exact ?? []).sorted().map(\.text) where !all.sourceNames.contains(name) {
      report.within("match") {
        $0.within("source") {
          $0.warning(
            "there is no source \"\(name)\".",
            at: route.offset,
            remedy: all.sourceNames.remedy(for: name)
          )
        }
      }
    }
  }

  private func checkDigest(of node: RouteTree.Node, _ report: inout Report) {
    let route = node.own
    guard let name = route.digest, all.root["digests"] == nil || all.root["digests"]?.members != nil else { return }
    guard let digest = all.digests[name.value] else {
      return report.within("digest") {
        $0.error(
          "there is no digest \"\(name.value)\".",
          at: name.offset,
          remedy: all.digestNames.isEmpty ? "Add it under \"digests\"." : all.digestNames.remedy(for: name.value)
        )
      }
    }
    let elsewhere = Set(digest.to.map(\.value)) != Set(route.to.map(\.value))
    guard let first = route.to.first, elsewhere, all.file.digests.isWhole, node.isWhole else { return }
    report.within("to") {
      $0.warning(
        "its alerts join the digest \"\(name.value)\", which goes to other channels.",
        at: first.offset,
        remedy: "Remove \"to\", or use the digest's channels."
      )
    }
  }

  /// Checks that no route above takes all alerts of this one, and that the routes around it take some; notes what this one
  /// takes.
  private func checkReach(
    _ node: RouteTree.Node,
    at index: Int,
    below above: inout CoveringMatchers,
    _ report: inout Report
  ) {
    guard node.isWhole else { return }
    var outer = node.parent
    while let parent = outer.map({ routes.nodes[$0] }) {
      if parent.own.match.isDisjoint(from: node.own.match) {
        report.warning(
          "no alert can reach this route: \(parent.path), in which it is nested, takes none that it matches.",
          at: node.own.offset,
          remedy: "Correct \"match\", or move the route out of \(parent.path)."
        )
      }
      outer = parent.parent
    }
    guard let hiding = above.first(covering: node.own.match).map({ routes.nodes[$0].path }) else {
      if !node.own.continues { above.add(node.own.match, at: index) }
      return
    }
    report.error(
      "no alert can reach this route: \(hiding) already takes all alerts that it matches.",
      at: node.own.offset,
      remedy: "Move it above \(hiding), or give that one \"continue\": true."
    )
  }

  /// Checks that every severity has a route: one with no condition other than the severity.
  private func checkCoverage(_ report: inout Report) {
    guard all.root["unrouted"] == nil, routes.isWhole, let node = all.root["routes"], !routes.nodes.isEmpty else {
      return
    }
    // A route at the top always takes what it matches: itself, or one of those nested in it.
    let sure = routes.nodes.filter { $0.parent == nil }.map(\.own.match).filter {
      $0.category == nil && $0.source == nil && $0.labels.isEmpty && $0.unless.isEmpty
    }
    if sure.contains(where: { $0.severity == nil }) { return }
    let covered = sure.reduce(into: Set<Severity>()) { $0.formUnion($1.severity?.severities ?? []) }
    let open = report.severities.severities.filter { !covered.contains($0) }.map(\.name) + ["any other word"]
    report.error(
      "an alert could match no route: severity \(open.joined(separator: ", ")).",
      at: node.offset,
      remedy: "End the list with a route without \"match\", or set \"unrouted\": \"drop\"."
    )
  }
}
