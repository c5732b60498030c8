// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// One entry of `routes`, at the top or nested in another one.
package struct RouteSettings: FieldValue {
  package var name = ""
  package var match = Matcher()
  /// Alerts that it does not take; part of `match` once the route is read.
  private var unless: Matcher?
  package var destinations: [Destination] = []
  package var drops = false
  package var continues = false
  package var cooldown: CooldownSettings?
  package var burst: BurstSettings?
  package var digest: Located<String>?
  package var resolved: Bool?
  package var group: GroupSettings?
  package var quiet: HoursSettings?
  package var only: HoursSettings?
  package var cap: CapSettings?
  package var reminder: Period?
  package var escalate: [EscalationSettings]?
  package var template: MessageTemplate?
  package var nested = NestedRoutes()
  package var note = ""
  /// The keys with `null`, which it does not inherit.
  package var refused: Set<String> = []
  package var index = 0
  package var offset = 0
  package var isWhole = true

  package static var shape: FieldShape { .reference("route", "an object with the keys of a route") }

  package static let fields: [Field<RouteSettings>] = [
    .optional("name", \.name, "What messages call it.", otherwise: "its place in the file, such as `routes[0]`"),
    .optional("match", \.match, "Which alerts it takes.", otherwise: "every alert"),
    .optional("unless", \.unless, "Which of these alerts it does not take, written like `match`.", otherwise: "none"),
    .optional(
      "to",
      \.destinations,
      "The channels to notify: one or a list, each a name or an object that also says whether it is sent resolutions.",
      otherwise: "the channels of its digest"
    ),
    .optional(
      "drop",
      \.drops,
      "Whether nobody is notified of its alerts, unless another route also takes them.",
      otherwise: "false"
    ),
    .optional("continue", \.continues, "Whether the routes after it are checked too.", otherwise: "false"),
    .optional("cooldown", \.cooldown, CooldownSettings.note, otherwise: "the cooldown at the top of the file"),
    .optional("burst", \.burst, BurstSettings.note, otherwise: "the burst at the top of the file"),
    .optional(
      "digest",
      \.digest,
      "The digest that its alerts join; they are then not sent at once.",
      otherwise: "none"
    ),
    .optional(
      "resolved",
      \.resolved,
      "Whether the resolution of an alert that was sent is sent too.",
      otherwise: "false"
    ),
    .optional("group", \.group, GroupSettings.note, otherwise: "each alert is sent alone, at once"),
    .optional("quiet", \.quiet, HoursSettings.quietNote, otherwise: "none"),
    .optional("only", \.only, HoursSettings.onlyNote, otherwise: "at any time"),
    .optional("cap", \.cap, CapSettings.note, otherwise: "none"),
    .optional("repeat", \.reminder, "How often an alert that still fires is sent again.", otherwise: "never"),
    .optional("escalate", \.escalate, EscalationSettings.note, otherwise: "nobody"),
    .optional("template", \.template, MessageTemplate.note, otherwise: "the texts of each channel"),
    .optional(
      "routes",
      \.nested,
      "Routes for some of its alerts. It notifies only of alerts that none of them takes, and they inherit its settings.",
      otherwise: "none"
    ),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> RouteSettings? {
    var route = RouteSettings()
    route.offset = node.offset
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &route, report: &report)
    if let unless = route.unless {
      if unless.covers(route.match) {
        report.error(
          "no alert can reach this route: \"unless\" excludes all alerts that it matches.",
          at: node.offset,
          remedy: "Narrow \"unless\"."
        )
      }
      route.match.unless = [unless]
    }
    route.isWhole = report.troubleCount == trouble
    return node.members == nil ? nil : route
  }

  package var shown: String { match.text }
  /// The channels to notify.
  package var to: [Located<ChannelName>] { destinations.map(\.channel) }
}

/// A channel that a route notifies, and whether it is sent the resolution of an alert.
package struct Destination: FieldValue, Hashable {
  package var channel = Located(ChannelName(""), at: 0)
  /// Nil if the route's `resolved` applies.
  package var resolved: Bool?

  package static var shape: FieldShape { .oneOf([ChannelName.shape, .record(fields.map(\.summary))]) }

  private static let fields: [Field<Destination>] = [
    .required("channel", \.channel, "The name of the channel.", example: "mail"),
    .optional(
      "resolved",
      \.resolved,
      "Whether it is sent the resolution of an alert.",
      otherwise: "`resolved` of the route"
    ),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> Destination? {
    var destination = Destination()
    guard node.members != nil else {
      guard let channel = Located<ChannelName>.read(node, &report) else { return nil }
      destination.channel = channel
      return destination
    }
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &destination, report: &report)
    return report.troubleCount == trouble ? destination : nil
  }

  package var shown: String { channel.shown }
}

/// The key `routes` of a route.
package struct NestedRoutes: FieldValue {
  package var routes: [RouteSettings] = []
  /// Whether every route could be read.
  package var isWhole = true

  /// A route whose inherited keys can also be `null`.
  private static let route = FieldShape.reference("nested_route", "an object with the keys of a route")
  package static var shape: FieldShape { .oneOf([route, .list(route)]) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> NestedRoutes? {
    var list = NestedRoutes()
    for (index, element) in (node.elements ?? [node]).enumerated() {
      report.within("[\(index)]") { report in
        let (node, refused) = Inheritance.refusals(in: element)
        guard var route = RouteSettings.read(node, &report) else { return list.isWhole = false }
        route.index = index
        route.refused = refused
        list.routes.append(route)
      }
    }
    return list
  }

  package var shown: String { "\(routes.count) routes" }
}
