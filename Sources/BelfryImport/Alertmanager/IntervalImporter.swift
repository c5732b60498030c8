// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Converts `time_intervals` into `times`, and the names of routes into `quiet` and `only`.
struct IntervalImporter {
  private struct Interval {
    /// The name under `times`.
    var name: String
    var spans: [ImportedValue]
  }

  private var intervals: [ExactText: Interval] = [:]

  /// Takes the intervals from the top of the file.
  init(_ top: inout YAMLSection, _ report: inout ImportReport) {
    var names: Set<String> = []
    for entry in top.elements("time_intervals", &report) + top.elements("mute_time_intervals", &report) {
      guard var section = YAMLSection(entry, &report) else { continue }
      let name = section.text("name", &report) ?? ""
      let specifications = section.elements("time_intervals", &report)
      section.finish(&report)
      let spans = specifications.flatMap { IntervalImporter.spans($0, &report) }
      intervals[ExactText(name)] = Interval(name: ImportedConfiguration.name(like: name, notIn: &names), spans: spans)
    }
  }

  /// Takes the hours in which a route sends nothing; nil if it has none.
  func quiet(of section: inout YAMLSection, _ result: inout ImportedConfiguration) -> ImportedValue? {
    names("mute_time_intervals", of: &section, &result) {
      "alerts of these hours are sent when the hours end, if they still fire; Alertmanager does not send them then."
    }
  }

  /// Takes the hours outside of which a route sends nothing; nil if it has none.
  func only(of section: inout YAMLSection, _ result: inout ImportedConfiguration) -> ImportedValue? {
    names("active_time_intervals", of: &section, &result) {
      "alerts outside of these hours are sent when the hours begin, if they still fire; Alertmanager does not send them then."
    }
  }

  /// The names of one key, whose intervals are added to `times`.
  private func names(
    _ key: String,
    of section: inout YAMLSection,
    _ result: inout ImportedConfiguration,
    difference: () -> String
  ) -> ImportedValue? {
    guard let entry = section.take(key) else { return nil }
    var names: [String] = []
    for text in entry.texts(&result.report) ?? [] {
      guard let interval = intervals[ExactText(text)], !interval.spans.isEmpty else {
        result.report.lose(
          entry.path,
          line: entry.line,
          "there are no hours with the name \"\(text)\".",
          remedy: "Add them under `times`, and their name to the route."
        )
        continue
      }
      result.addTimes(interval.name, .oneOrList(interval.spans))
      names.append(interval.name)
    }
    guard !names.isEmpty else { return nil }
    result.report.change(
      entry.path,
      line: entry.line,
      difference(),
      remedy: "See the differences in docs/migrating.md."
    )
    return .texts(names)
  }

  /// One specification: an object for each of its ranges of hours.
  private static func spans(_ entry: YAMLEntry, _ report: inout ImportReport) -> [ImportedValue] {
    guard var section = YAMLSection(entry, &report) else { return [] }
    let ranges = section.elements("times", &report).compactMap { range($0, &report) }
    var days: [ImportedValue.Member] = []
    for (key, name, convert) in conversions {
      guard let part = section.take(key) else { continue }
      var values: [ImportedValue] = []
      for text in part.texts(&report) ?? [] {
        if let value = convert(text.lowercased()) {
          values.append(value)
        } else {
          report.lose(
            part.path,
            line: part.line,
            "\"\(text)\" cannot be read.",
            remedy: "Correct it; Alertmanager refuses it too."
          )
        }
      }
      if !values.isEmpty { days.append(.init(name, .oneOrList(values))) }
    }
    var zone = section.text("location", &report) ?? "UTC"
    if zone == "Local" {
      report.change(
        section.path(of: "location"),
        line: section.line,
        "the time zone of Alertmanager's machine is not known here: the hours are in UTC.",
        remedy: "Add `timezone` to the hours, such as \"Europe/Paris\"."
      )
      zone = "UTC"
    }
    section.finish(&report)
    let end: [ImportedValue.Member] = zone == "UTC" ? [] : [.init("timezone", .text(zone))]
    if ranges.isEmpty, !days.isEmpty { return [.object(days + end)] }
    return (ranges.isEmpty ? [("00:00", "24:00")] : ranges).map { from, to in
      .object(days + [.init("from", .text(from)), .init("to", .text(to))] + end)
    }
  }

  private static func range(_ entry: YAMLEntry, _ report: inout ImportReport) -> (from: String, to: String)? {
    guard var section = YAMLSection(entry, &report) else { return nil }
    let from = section.text("start_time", &report)
    let to = section.text("end_time", &report)
    section.finish(&report)
    guard let from, let to else { return nil }
    return (from, to)
  }

  // MARK: Days

  private typealias Conversion = @Sendable (String) -> ImportedValue?

  private static let conversions: [(key: String, name: String, convert: Conversion)] = [
    ("weekdays", "days", { words($0, days) }), ("days_of_month", "monthdays", numbers),
    ("months", "months", { words($0, months) }), ("years", "years", numbers),
  ]

  private static let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
  ]

  /// A word or a range of words, such as `monday:friday`, by their first three letters; months can be numbers.
  private static func words(_ text: String, _ known: [String]) -> ImportedValue? {
    let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(words.count) else { return nil }
    let names = words.compactMap { word -> String? in
      if known.contains(word) { return String(word.prefix(3)) }
      guard known == months, let number = Int(word), (1...12).contains(number) else { return nil }
      return String(months[number - 1].prefix(3))
    }
    return names.count == words.count ? .text(names.joined(separator: "-")) : nil
  }

  /// A number or a range of numbers, such as `1:5` or `-3:-1`.
  private static func numbers(_ text: String) -> ImportedValue? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count) else { return nil }
    return numbers.count == 1 ? .number(numbers[0]) : .text("\(numbers[0])-\(numbers[1])")
  }
}
