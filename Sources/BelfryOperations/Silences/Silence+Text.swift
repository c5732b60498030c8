// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

extension Silence {
  /// The silence in one line: `k7fm: severity warning, until …, by ann: deploy`.
  package func line(_ time: TimeText) -> String {
    var parts = ["\(id): \(matcher.text)"]
    if let endedAt {
      parts.append("ended \(time.full(endedAt))" + (endedBy.isEmpty ? "" : " by \(endedBy)"))
    } else if until <= time.now {
      parts.append("expired \(time.full(until))")
    } else {
      if from > time.now { parts.append("from \(time.full(from))") }
      parts.append("until \(time.full(until))")
      if let hours { parts.append("between \(hours.text) on \(days(hours))") }
      if hours != nil, from <= time.now { parts.append(end(at: time.now) == nil ? "not now" : "now") }
    }
    if let refusal {
      parts.append("silences nothing, because a pattern from an older version cannot be read: \(refusal.reason)")
    }
    return parts.joined(separator: ", ") + ", by \(author.isEmpty ? "unknown" : author): \(comment)"
  }

  private func days(_ hours: WallClockWindow) -> String {
    if hours.days.count == Weekday.allCases.count { return "every day" }
    return hours.days.sorted { $0.rawValue < $1.rawValue }.map(\.name).joined(separator: ", ")
  }

  /// What happens to its alerts when it ends.
  package var afterwards: String {
    sendsAfterwards
      ? "Anything still firing when it ends will be sent then."
      : "Nothing is sent when it ends, unless an alert gets more severe after that."
  }

  /// Writes the same as JSON.
  package func encodeShown(holds: Int?, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id.text)
      writer.key("match")
      matcher.encode(into: &writer)
      writer.member("from", from.iso8601)
      writer.member("until", until.iso8601)
      writer.member("hours", hours?.text)
      writer.member("author", author)
      writer.member("comment", comment)
      writer.member("told_afterwards", sendsAfterwards)
      writer.member("ended_at", endedAt?.iso8601)
      writer.member("ended_by", endedBy.isEmpty ? nil : endedBy)
      if let refusal { writer.member("silences_nothing", refusal.reason) }
      if let holds { writer.member("holds", holds) }
    }
  }
}
