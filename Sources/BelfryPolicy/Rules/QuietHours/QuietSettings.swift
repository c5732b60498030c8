// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `quiet`: hours of the day in which only alerts in `except` are sent.
package struct QuietSettings: FieldValue {
  package var from = TimeOfDay.midnight
  package var to = TimeOfDay.midnight
  package var days: [WeekdaySpan] = []
  package var timezone = TimeZoneName.utc
  package var except: SeveritySelector?
  package var note = ""
  package var offset = 0
  package var isWhole = true

  package static let note = "Alerts raised in these hours are delayed until they end."
  package static var shape: FieldShape { .record(fields.map(\.summary)) }

  package static let fields: [Field<QuietSettings>] = [
    .required("from", \.from, "The time of day at which they begin, such as `22:00`.", example: "22:00"),
    .required(
      "to",
      \.to,
      "The time of day at which they end; if it is not later than `from`, on the next day.",
      example: "07:00"
    ),
    .optional("days", \.days, "The days on which they begin, such as `mon-fri`.", otherwise: "every day"),
    .optional("timezone", \.timezone, "The time zone of `from` and `to`, such as `Europe/Paris`.", otherwise: "UTC"),
    .optional("except", \.except, "The severities that do not wait, such as `critical`.", otherwise: "none"),
    .optional("note", \.note, "Free text, shown beside the rule.", otherwise: "none"),
  ]

  package static func read(_ node: JSONNode, _ report: inout Report) -> QuietSettings? {
    var settings = QuietSettings()
    settings.offset = node.offset
    let trouble = report.troubleCount
    Field.decode(fields, from: node, into: &settings, report: &report)
    if report.troubleCount == trouble { settings.check(node, &report) }
    settings.isWhole = report.troubleCount == trouble
    return settings
  }

  private func check(_ node: JSONNode, _ report: inout Report) {
    if let days = node["days"], days.elements?.isEmpty == true {
      report.within("days") {
        $0.error("the list is empty.", at: days.offset, remedy: "Add at least one day, or remove the key.")
      }
    } else if from == to, days.weekdays.count == Weekday.allCases.count {
      report.warning(
        "it never ends: \(from.text) to \(to.text) is a whole day, and it begins every day.",
        at: node.offset,
        remedy: "Change a time, or add `days`."
      )
    }
  }

  package var window: WallClockWindow {
    WallClockWindow(from: from, to: to, days: days.weekdays, zone: timezone.zone)
  }

  package var shown: String { "\(from.text) to \(to.text)" }
}
