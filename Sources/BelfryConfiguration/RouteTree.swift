// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The key `routes`: a list, or a single route without brackets; each route is followed by those nested in it.
///
/// A route with mistakes is kept as far as it was readable, so that one run also finds mistakes that only show later.
package struct RouteTree: FieldValue {
  package var nodes: [Node] = []
  /// Whether every route was completely readable, and can be applied.
  package var isWhole = true

  /// A route with what it inherits.
  package struct Node: Sendable {
    /// What the file says there.
    package let own: RouteSettings
    /// What applies.
    package let settings: RouteSettings
    /// What routes nested in it inherit.
    fileprivate let passedOn: RouteSettings
    /// Where its settings are written, by key, if that is not in this route.
    private let origins: [String: Place]
    /// Its place in the file: `routes[2].routes[0]`.
    package let path: String
    package let parent: Int?
    package fileprivate(set) var end: Int
    /// Whether it was completely readable, and can be applied.
    package fileprivate(set) var isWhole: Bool
    /// The conditions of the routes around it, from the top, and its own.
    package let chain: [Matcher]

    /// Where a value is written.
    package struct Place: Sendable {
      package var path: String
      package var offset: Int
    }

    /// The route in which a key is written.
    package func origin(of key: String) -> Place { origins[key] ?? Place(path: path, offset: own.offset) }

    fileprivate init(_ own: RouteSettings, at index: Int, in parent: (index: Int, node: Node)?) {
      self.own = own
      path = (parent.map { $0.node.path + "." } ?? "") + "routes[\(own.index)]"
      self.parent = parent?.index
      end = index + 1
      isWhole = own.isWhole
      chain = (parent?.node.chain ?? []) + [own.match]
      let (settings, keys) = Inheritance.apply(parent?.node.passedOn ?? RouteSettings(), to: own)
      origins = Dictionary(keys.map { ($0, parent?.node.origin(of: $0) ?? Place(path: "", offset: 0)) }) { $1 }
      self.settings = own.drops ? own : settings
      var passedOn = settings
      if own.drops {
        passedOn.destinations = []
        passedOn.digest = nil
      }
      self.passedOn = passedOn
    }
  }

  package static var shape: FieldShape { NestedRoutes.shape }

  package static func read(_ node: JSONNode, _ report: inout Report) -> RouteTree? {
    var tree = RouteTree()
    var list = NestedRoutes()
    for (index, element) in (node.elements ?? [node]).enumerated() {
      report.within("[\(index)]") { report in
        guard var route = RouteSettings.read(element, &report) else { return list.isWhole = false }
        route.index = index
        list.routes.append(route)
      }
    }
    tree.add(list, in: nil, &report)
    return tree
  }

  package var shown: String { "\(nodes.count) routes" }

  private mutating func add(_ list: NestedRoutes, in parent: Int?, _ report: inout Report) {
    isWhole = isWhole && list.isWhole
    for route in list.routes {
      report.within("[\(route.index)]") { report in
        let index = nodes.count
        nodes.append(Node(route, at: index, in: parent.map { ($0, nodes[$0]) }))
        let trouble = report.troubleCount
        if route.isWhole { nodes[index].check(&report) }
        nodes[index].isWhole = route.isWhole && report.troubleCount == trouble
        isWhole = isWhole && nodes[index].isWhole
        report.within("routes") { add(route.nested, in: index, &$0) }
        nodes[index].end = nodes.count
      }
    }
  }
}

// MARK: - Checks of one route

extension RouteTree.Node {
  /// Checks that it has a destination, and that only one key sets its pace.
  fileprivate func check(_ report: inout Report) {
    if own.drops { return checkDrop(&report) }
    guard !settings.to.isEmpty || settings.digest != nil else {
      return report.error(
        "the route has no destination.",
        at: own.offset,
        remedy: "Add \"to\" with a channel, or \"digest\"."
      )
    }
    checkPace(&report)
  }

  private func checkDrop(_ report: inout Report) {
    let others = [
      ("to", !own.to.isEmpty), ("digest", own.digest != nil), ("cooldown", own.cooldown != nil),
      ("burst", own.burst != nil), ("group", own.group != nil), ("quiet", own.quiet != nil), ("only", own.only != nil),
      ("cap", own.cap != nil), ("repeat", own.reminder != nil), ("resolved", own.resolved != nil),
      ("escalate", own.escalate != nil),
      ("template", own.template != nil),
    ]
    // Routes nested in it may inherit the others.
    guard let other = others.prefix(own.nested.routes.isEmpty ? others.count : 2).first(where: \.1)?.0 else { return }
    report.within("drop") {
      $0.error(
        "a route that drops its alerts notifies nobody, so it cannot have \"\(other)\".",
        at: own.offset,
        remedy: "Remove one of them."
      )
    }
  }

  private func checkPace(_ report: inout Report) {
    let others = [
      ("cooldown", settings.cooldown != nil), ("burst", settings.burst != nil), ("digest", settings.digest != nil),
    ]
    if let group = settings.group, let other = others.first(where: \.1)?.0 {
      report.within("group") {
        $0.error(
          "a route cannot have both \"group\" and \"\(other)\".",
          at: group.offset,
          remedy: other == "cooldown"
            ? "Remove \"cooldown\": the group's \"every\" limits its messages." : "Remove one."
        )
      }
    }
    guard settings.digest != nil else { return }
    if let cap = own.cap {
      report.within("cap") {
        $0.warning("a cap does not hold a digest, which is one message.", at: cap.offset, remedy: "Leave it out.")
      }
    }
    for (key, name, hours) in [("quiet", "quiet", own.quiet), ("only", "active", own.only)] {
      guard let hours else { continue }
      report.within(key) {
        $0.warning(
          "\(name) hours do not apply to a digest, which has its own schedule.",
          at: hours.offset,
          remedy: "Leave it out."
        )
      }
    }
  }
}
