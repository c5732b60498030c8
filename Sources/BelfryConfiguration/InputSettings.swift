// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// One entry of `inputs`: how the JSON that a service posts to `/in/NAME` is read.
package struct InputSettings: FieldRecord {
  package var map = InputMap()
  package var resolveTimeout: Period?
  package var name = ""
  package var offset = 0

  package init() {}

  static let note = "What services may post to the server in their own JSON, by name: each has the path /in/NAME."

  package static let fields: [Field<InputSettings>] =
    [
      .optional(
        "alerts",
        \.map.map.list,
        "Where the alerts are in the body: the path of a list, or of a single alert.",
        otherwise: "the body is a list of alerts, or one alert",
        example: "/events"
      ),
      .optional(
        "status",
        \.map.status,
        "What says whether an alert ended: a path or a template that gives `resolved`, or an object with `from` and `ends`.",
        otherwise: "every alert fires"
      ),
      .optional(
        "resolve_timeout",
        \.resolveTimeout,
        "How long an alert stays active unless it is posted again.",
        otherwise: "24h with `status`, else that of `server`"
      ),
    ] + AlertMap.fields.filter { $0.name != "list" }.map { $0.moved(to: \.map.map) }
    + AlertTransform.fields.map { $0.moved(to: \.map.transform) }

  /// The source of its alerts.
  package var source: SourceName { SourceName(name) }

  /// How long an alert stays active unless it is posted again.
  ///
  /// A service that also reports ends repeats nothing, or rarely.
  package func timeout(_ server: ServerSettings) -> Duration {
    if let resolveTimeout { return resolveTimeout.duration }
    return map.status == nil ? server.resolveTimeout.duration : PushedAlert.webhookTimeout
  }

  package mutating func check(_ node: JSONNode, _ report: inout Report) { map.transform.check(node, &report) }

  package var shown: String { name }
}

/// The key `inputs`: each input under a name chosen by the user.
package struct InputList: FieldValue {
  package var entries: [InputSettings] = []

  package static var shape: FieldShape { .named(InputSettings.shape) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> InputList? {
    var list = InputList()
    let isValid = report.readMembers(of: node, expecting: shape) { member, report in
      guard GivenName.isFit(member.name) else { return GivenName.refuse(member, &report) }
      guard !SourceName.builtIn.contains(SourceName(member.name)) else {
        return report.error("this name is reserved for Belfry.", at: member.offset, remedy: "Use another name.")
      }
      guard var input = InputSettings.read(member.node, &report) else { return }
      input.name = member.name
      input.offset = member.offset
      list.entries.append(input)
    }
    return isValid ? list : nil
  }

  package var shown: String { entries.isEmpty ? "none" : entries.map(\.name).joined(separator: ", ") }
}
