// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `digests`: each digest under a name chosen by the user.
///
/// A digest with mistakes is kept as far as it was readable, so that routes know its name.
package struct DigestList: FieldValue {
  package var entries: [DigestSettings] = []
  package var isWhole = true

  package init(isWhole: Bool = true) { self.isWhole = isWhole }

  package static var shape: FieldShape { .named(DigestSettings.shape) }

  package static func read(_ node: JSONNode, _ report: inout Report) -> DigestList? {
    guard let members = node.members else {
      report.error("expected an object of named entries, found \(node.kindName).", at: node.offset)
      return DigestList(isWhole: false)
    }
    var list = DigestList()
    for member in members {
      report.within(member.name) { report in
        let trouble = report.troubleCount
        if !GivenName.isFit(member.name) { GivenName.refuse(member, &report) }
        var digest = DigestSettings.read(member.node, &report) ?? DigestSettings()
        digest.name = member.name
        digest.offset = member.offset
        list.entries.append(digest)
        list.isWhole = list.isWhole && report.troubleCount == trouble
      }
    }
    return list
  }

  package var names: [String] { entries.map(\.name) }
  package var shown: String { entries.isEmpty ? "none" : names.joined(separator: ", ") }
}

/// A digest: `every`, or `at` with `days` and `timezone`.
package struct DigestSettings: FieldValue {
  package var every: Period?
  package var at: TimeOfDay?
  package var days: [WeekdaySpan] = []
  package var timezone: TimeZoneName?
  package var to: [Located<ChannelName>] = []
  package var by = DigestOrder.category
  package var note = ""
  package var name = ""
  package var offset = 0

  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<DigestSettings>] = [
    .optional("every", \.every, "Its period, such as `24h`.", otherwise: "`at` applies"),
    .optional("at", \.at, "The time of day, such as `09:00`.", otherwise: "`every` applies"),
    .optional("days", \.days, "The days on which it is sent, such as `mon-fri`, with `at`.", otherwise: "every day"),
    .optional("timezone", \.timezone, "The time zone of `at`, such as `Europe/Paris`.", otherwise: "UTC"),
    .required("to", \.to, "The channels it goes to.", example: "mail"),
    .optional(
      "by",
      \.by,
      "The order of alerts with the same severity: by category and then id, or by id.",
      otherwise: "category"
    ),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> DigestSettings? {
    var digest = DigestSettings()
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &digest, report: &report)
    if report.troubleCount == trouble { digest.check(at: node.offset, &report) }
    return digest
  }

  private func check(at offset: Int, _ report: inout Report) {
    if (every == nil) == (at == nil) {
      let what = every == nil ? "neither" : "both"
      report.error("it has \(what) of `every` and `at`.", at: offset, remedy: "Write one of them.")
    } else if at == nil, !days.isEmpty || timezone != nil {
      report.error("`days` and `timezone` belong to `at`.", at: offset, remedy: "Write `at`, or leave them out.")
    }
  }

  package var schedule: Schedule {
    guard let at else { return .every(every?.duration ?? .seconds(86_400)) }
    return .at(at, days: days.weekdays, zone: timezone?.zone ?? TimeZoneName.utc.zone)
  }

  package var shown: String { every?.duration.text ?? at?.text ?? "" }
}

/// How a digest orders the alerts of one severity.
package enum DigestOrder: String, FieldChoice {
  case category
  case id
}
