// SPDX-License-Identifier: Apache-2.0

/// A day of the week, Monday first.
package enum Weekday: Int, Sendable, Hashable, CaseIterable {
  case mon, tue, wed, thu, fri, sat, sun

  /// - Parameter day: Days since 1970-01-01, which was a Thursday.
  init(day: Int64) { self = Weekday(rawValue: Int(((day + 3) % 7 + 7) % 7)) ?? .mon }

  package var name: String { String(describing: self) }

  /// Days in text, those after each other as a range: `mon-fri`, `mon,wed`.
  static func text(_ days: Set<Weekday>) -> String {
    var runs: [[Weekday]] = []
    for day in allCases where days.contains(day) {
      if let last = runs.last?.last, last.rawValue + 1 == day.rawValue {
        runs[runs.endIndex - 1].append(day)
      } else {
        runs.append([day])
      }
    }
    return runs.map { run in
      run.count > 2 ? "\(run[0].name)-\(run[run.endIndex - 1].name)" : run.map(\.name).joined(separator: ",")
    }.joined(separator: ",")
  }
}

/// Days as in `channels.json`: `mon`, or a span such as `mon-fri`, which may cross the end of the week.
package struct WeekdaySpan: FieldValue, Hashable {
  package var days: Set<Weekday>

  package static var shape: FieldShape { .string("a day such as \"mon\", or days such as \"mon-fri\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> WeekdaySpan? {
    guard let text = String.read(node, &report) else { return nil }
    let ends = text.lowercased().split(separator: "-", omittingEmptySubsequences: false).map { word in
      Weekday.allCases.first { $0.name == word }
    }
    if let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 {
      let length = (last.rawValue - first.rawValue + 7) % 7
      return WeekdaySpan(days: Set((0...length).compactMap { Weekday(rawValue: (first.rawValue + $0) % 7) }))
    }
    report.error(
      "\"\(text)\" is not a day or a range of days.",
      at: node.offset,
      remedy: "Write \"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\", or a range such as \"mon-fri\"."
    )
    return nil
  }
  package var shown: String { days.sorted { $0.rawValue < $1.rawValue }.map(\.name).joined(separator: ", ") }
}

extension [WeekdaySpan] {
  /// All named days; every day if there is none.
  package var weekdays: Set<Weekday> {
    isEmpty ? Set(Weekday.allCases) : reduce(into: []) { $0.formUnion($1.days) }
  }
}
