// SPDX-License-Identifier: Apache-2.0

/// An object in `channels.json` with the keys of a span of hours or days.
package protocol SpanConfigurable {
  var span: SpanSettings { get set }
}

/// The keys that say when something applies; their conditions hold together.
package struct SpanSettings: Sendable, Hashable {
  package var from: TimeOfDay?
  package var to: ClosingTime?
  package var days: [WeekdaySpan] = []
  package var dates: [DateSpan] = []
  package var monthDays: [MonthDaySpan] = []
  package var months: [MonthSpan] = []
  package var years: [YearSpan] = []
  package var timezone = TimeZoneName.utc

  package init() {}

  package var span: CalendarSpan {
    var days = CalendarDays(weekdays: self.days.weekdays)
    days.dates = dates
    days.monthDays = monthDays
    days.months = months.reduce(into: []) { $0.formUnion($1.months) }
    days.years = years
    return CalendarSpan(from: from ?? .midnight, to: to?.time ?? .midnight, days: days, zone: timezone.zone)
  }

  package static let dayKeys = ["days", "dates", "monthdays", "months", "years"]
  package static let keys = ["from", "to", "timezone"] + dayKeys

  /// Checks the keys together.
  package func check(_ node: JSONNode, _ report: inout Report) {
    for key in SpanSettings.dayKeys where node[key]?.elements?.isEmpty == true {
      return report.within(key) {
        $0.error(
          "the list is empty.",
          at: node[key]?.offset ?? node.offset,
          remedy: "Add at least one, or remove the key."
        )
      }
    }
    if (from == nil) != (to == nil) {
      let (missing, other) = from == nil ? ("from", "to") : ("to", "from")
      report.error(
        "`\(missing)` is missing: `\(other)` needs it.",
        at: node.offset,
        remedy: "Add it, or remove `\(other)` for whole days."
      )
    } else if from == nil, span.days.areAll, !SpanSettings.dayKeys.contains(where: { node[$0] != nil }) {
      report.error(
        "it has no hours and no days.",
        at: node.offset,
        remedy: "Add `from` and `to`, or days such as \"days\": \"sat-sun\" or \"dates\": \"2026-12-25\"."
      )
    } else if span.isEndless {
      report.warning(
        "it never ends: \(span.from.text) to \(span.to.text) is a whole day, and it begins every day.",
        at: node.offset,
        remedy: "Change a time, or add `days`."
      )
    }
  }
}

extension Field where Root: SpanConfigurable {
  /// The keys of a span of hours or days.
  package static var spanFields: [Field<Root>] {
    [
      .optional(
        "from",
        \.span.from,
        "The time of day at which they begin, such as `22:00`; with `to`.",
        otherwise: "whole days"
      ),
      .optional(
        "to",
        \.span.to,
        "The time of day at which they end; if it is not later than `from`, on the next day.",
        otherwise: "whole days"
      ),
      .optional("days", \.span.days, "The days on which they begin, such as `mon-fri`.", otherwise: "every day"),
      .optional(
        "dates",
        \.span.dates,
        "The dates on which they begin, such as `2026-12-25` or `2026-12-24/2027-01-02`.",
        otherwise: "every date"
      ),
      .optional(
        "monthdays",
        \.span.monthDays,
        "The days of the month on which they begin, such as `1-7`; `-1` is the last.",
        otherwise: "every day"
      ),
      .optional(
        "months",
        \.span.months,
        "The months in which they begin, such as `dec` or `jun-aug`.",
        otherwise: "every month"
      ),
      .optional(
        "years",
        \.span.years,
        "The years in which they begin, such as `2026` or `2026-2028`.",
        otherwise: "every year"
      ),
      .optional(
        "timezone",
        \.span.timezone,
        "The time zone of these times and days, such as `Europe/Paris`.",
        otherwise: "UTC"
      ),
    ]
  }
}

/// The time of day at which something ends: as `TimeOfDay`, or `24:00`.
package struct ClosingTime: FieldValue, Hashable {
  /// Midnight for 24:00: as an end, both are the end of a day.
  package var time: TimeOfDay

  package static var shape: FieldShape { .string("a time of day such as \"17:00\" or \"24:00\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> ClosingTime? {
    node.string == "24:00" ? ClosingTime(time: .midnight) : TimeOfDay.read(node, &report).map(ClosingTime.init)
  }
  package var shown: String { time.shown }
}

/// One entry of a name in `times`: hours or days.
package struct HoursEntry: FieldRecord, SpanConfigurable {
  package var span = SpanSettings()
  private var note = ""

  package init() {}

  package static let fields: [Field<HoursEntry>] =
    Field.spanFields + [.optional("note", \.note, "Free text.", otherwise: "none")]

  package mutating func check(_ node: JSONNode, _ report: inout Report) { span.check(node, &report) }
  package var shown: String { span.span.text }
}
