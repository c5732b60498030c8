// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The key `routes`: a list, or a single route without brackets.
///
/// A route with mistakes is kept as far as it was readable, so that one run also finds mistakes that only show later.
package struct RouteList: FieldValue {
  package var entries: [RouteSettings] = []
  /// Whether every route was completely readable.
  package var isWhole = true

  package static var shape: FieldShape { .oneOf([RouteSettings.shape, .list(RouteSettings.shape)]) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> RouteList? {
    var list = RouteList()
    for (index, element) in (node.elements ?? [node]).enumerated() {
      report.within("[\(index)]") { report in
        guard var route = RouteSettings.read(element, &report) else { return list.isWhole = false }
        route.index = index
        list.entries.append(route)
      }
    }
    list.isWhole = list.isWhole && list.entries.allSatisfy(\.isWhole)
    return list
  }

  package var shown: String { "\(entries.count) routes" }
}

/// One entry of `routes`.
package struct RouteSettings: FieldValue {
  package var match = Matcher()
  package var to: [Located<ChannelName>] = []
  package var continues = false
  package var cooldown: CooldownSettings?
  package var burst: BurstSettings?
  package var digest: Located<String>?
  package var resolved = false
  package var group: GroupSettings?
  package var quiet: QuietSettings?
  package var cap: CapSettings?
  package var reminder: Period?
  package var escalate: [EscalationSettings] = []
  package var note = ""
  package var index = 0
  package var offset = 0
  package var isWhole = true

  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<RouteSettings>] = [
    .optional("match", \.match, "Which alerts it takes.", otherwise: "every alert"),
    .optional("to", \.to, "The channels to notify: one or a list.", otherwise: "the channels of its digest"),
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
    .optional("quiet", \.quiet, QuietSettings.note, otherwise: "none"),
    .optional("cap", \.cap, CapSettings.note, otherwise: "none"),
    .optional("repeat", \.reminder, "How often an alert that still fires is sent again.", otherwise: "never"),
    .optional("escalate", \.escalate, EscalationSettings.note, otherwise: "nobody"),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> RouteSettings? {
    var route = RouteSettings()
    route.offset = node.offset
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &route, report: &report)
    if report.troubleCount == trouble, route.to.isEmpty, route.digest == nil {
      report.error(
        "the route has no destination.",
        at: node.offset,
        remedy: "Add \"to\" with a channel, or \"digest\"."
      )
    }
    if report.troubleCount == trouble { route.checkPace(node, &report) }
    route.isWhole = report.troubleCount == trouble
    return node.members == nil ? nil : route
  }

  /// Checks that only one key sets the pace of a route.
  private func checkPace(_ node: JSONNode, _ report: inout Report) {
    if let group, let other = cooldown != nil ? "cooldown" : burst != nil ? "burst" : digest != nil ? "digest" : nil {
      report.within("group") {
        $0.error(
          "a route cannot have both \"group\" and \"\(other)\".",
          at: group.offset,
          remedy: other == "cooldown"
            ? "Remove \"cooldown\": the group's \"every\" limits its messages." : "Remove one."
        )
      }
    }
    if digest != nil, let cap {
      report.within("cap") {
        $0.warning("a cap does not hold a digest, which is one message.", at: cap.offset, remedy: "Leave it out.")
      }
    }
    if digest != nil, let quiet {
      report.within("quiet") {
        $0.warning(
          "quiet hours do not apply to a digest, which has its own schedule.",
          at: quiet.offset,
          remedy: "Leave it out."
        )
      }
    }
  }

  package var shown: String { match.text }
}
