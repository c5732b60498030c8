// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Converts `mute_time_intervals` and `active_time_intervals` of routes, with the intervals that they name.
///
/// `quiet` has one range of hours on some days of the week. Intervals that need more are reported with each route that
/// uses them.
struct IntervalImporter {
  /// The value of `quiet` for each named interval; nil if there is none.
  private var intervals: [ExactText: ImportedValue?] = [:]

  /// Takes the intervals from the top of the file.
  init(_ top: inout YAMLSection, _ report: inout ImportReport) {
    for entry in top.elements("time_intervals", &report) + top.elements("mute_time_intervals", &report) {
      guard var section = YAMLSection(entry, &report) else { continue }
      let name = section.text("name", &report) ?? ""
      let specifications = section.elements("time_intervals", &report)
      section.finish(&report)
      let values = specifications.map { IntervalImporter.quiet($0, &report) }
      intervals[ExactText(name)] = values.count == 1 ? values[0] : .some(nil)
    }
  }

  /// Takes the intervals of a route; nil if it has none that can be carried over.
  func quiet(of section: inout YAMLSection, _ report: inout ImportReport) -> ImportedValue? {
    if let active = section.take("active_time_intervals") {
      report.lose(
        active.path,
        line: active.line,
        "hours outside of which a route sends nothing are not carried over: it sends at any time.",
        remedy: "Add the other hours as `quiet`."
      )
    }
    guard let entry = section.take("mute_time_intervals") else { return nil }
    let names = entry.texts(&report) ?? []
    guard names.count == 1, let interval = intervals[ExactText(names[0])], let quiet = interval else {
      report.lose(
        entry.path,
        line: entry.line,
        """
        these hours are not carried over: `quiet` has one range of hours, on days of the week, in a named time zone. \
        The route sends at any time.
        """,
        remedy: "Add the most important hours as `quiet`."
      )
      return nil
    }
    report.change(
      entry.path,
      line: entry.line,
      "alerts of these hours are sent when the hours end, if they still fire; Alertmanager does not send them then.",
      remedy: "See the differences in docs/migrating.md."
    )
    return quiet
  }

  /// One specification as `quiet`; nil if it needs more than that can say.
  private static func quiet(_ entry: YAMLEntry, _ report: inout ImportReport) -> ImportedValue? {
    guard var section = YAMLSection(entry, &report) else { return nil }
    let ranges = section.elements("times", &report).compactMap { range($0, &report) }
    let weekdays = section.take("weekdays")?.texts(&report) ?? []
    let dates = ["days_of_month", "months", "years"].compactMap { section.take($0) }
    let location = section.text("location", &report) ?? "UTC"
    section.finish(&report)
    let days = weekdays.compactMap(days)
    guard dates.isEmpty, location != "Local", days.count == weekdays.count else { return nil }
    guard let (from, to) = joined(ranges, isDaily: days.isEmpty) else { return nil }
    var members: [ImportedValue.Member] = [.init("from", .text(from)), .init("to", .text(to))]
    if !days.isEmpty { members.append(.init("days", .texts(days))) }
    if location != "UTC" { members.append(.init("timezone", .text(location))) }
    return .object(members)
  }

  private static func range(_ entry: YAMLEntry, _ report: inout ImportReport) -> (from: String, to: String)? {
    guard var section = YAMLSection(entry, &report) else { return nil }
    let from = section.text("start_time", &report)
    let to = section.text("end_time", &report)
    section.finish(&report)
    guard let from, let to else { return nil }
    return (from, to)
  }

  /// One range that is the same as all of them: the whole day, one range, or the two parts of a night.
  private static func joined(_ ranges: [(from: String, to: String)], isDaily: Bool) -> (from: String, to: String)? {
    let (midnight, end) = ("00:00", "24:00")
    func shown(_ range: (from: String, to: String)) -> (String, String) {
      (range.from, range.to == end ? midnight : range.to)
    }
    switch ranges.count {
    // A whole day that begins on each of seven days never ends, which is no hours.
    case 0: return isDaily ? nil : (midnight, midnight)
    case 1: return isDaily && ranges[0] == (midnight, end) ? nil : shown(ranges[0])
    case 2 where isDaily:
      // The hours after midnight belong to the day before, so this holds only if all days are alike.
      for (evening, morning) in [(ranges[0], ranges[1]), (ranges[1], ranges[0])]
      where evening.to == end && morning.from == midnight && morning.to < evening.from {
        return (evening.from, morning.to)
      }
      return nil
    default: return nil
    }
  }

  private static let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

  /// A day or a range of days, such as `monday:friday`, in Belfry's form.
  private static func days(_ text: String) -> String? {
    let words = text.lowercased().split(separator: ":").map(String.init)
    guard (1...2).contains(words.count), words.allSatisfy(names.contains) else { return nil }
    return words.map { String($0.prefix(3)) }.joined(separator: "-")
  }
}
