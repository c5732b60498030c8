// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import Foundation

extension Silence: Storable {
  package static let stored = Stored(Silence.blank) { fields in
    fields.required("id", { $0.id }, { $0.id = $1 })
    fields.required("match", { $0.matcher }, { $0.matcher = $1 })
    fields.required("from", { $0.from }, { $0.from = $1 })
    fields.required("until", { $0.until }, { $0.until = $1 })
    fields.optional("window", { $0.hours }, { $0.hours = $1 })
    fields.optional("author", { $0.author }, { $0.author = $1 }, default: "")
    fields.optional("comment", { $0.comment }, { $0.comment = $1 }, default: "")
    fields.optional("forget", { !$0.sendsAfterwards }, { $0.sendsAfterwards = !$1 }, default: false)
    fields.optional("ended_at", { $0.endedAt }, { $0.endedAt = $1 })
    fields.optional("ended_by", { $0.endedBy }, { $0.endedBy = $1 }, default: "")
    // Until version 7 of the ledger: a list of two times and a zone, and beside it the days.
    fields.older("hours") { (silence, reader) throws(JSONProblem) in
      guard let words = try [String](stored: &reader), words.count == 3 else { return false }
      let days = silence.hours.map { WindowTexts.names($0.days) } ?? Weekday.allCases.map(\.name)
      silence.hours = WallClockWindow(WindowTexts(from: words[0], to: words[1], zone: words[2], days: days))
      return silence.hours != nil
    }
    fields.older("days") { (silence, reader) throws(JSONProblem) in
      guard let days = try [String](stored: &reader), let hours = silence.hours else { return false }
      var texts = WindowTexts(hours)
      texts.days = days
      silence.hours = WallClockWindow(texts)
      return silence.hours != nil
    }
  }

  private static var blank: Silence {
    Silence(
      id: SilenceID(""),
      matcher: Matcher(),
      from: Instant(seconds: 0),
      until: Instant(seconds: 0),
      author: ""
    )
  }
}

extension WallClockWindow: StoredItem {
  package func encode(into writer: inout JSONWriter) { WindowTexts(self).encode(into: &writer) }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let texts = try WindowTexts(stored: &reader), let window = WallClockWindow(texts) else { return nil }
    self = window
  }

  /// Nil where one of the texts is none of its kind.
  fileprivate init?(_ texts: WindowTexts) {
    let days = Set(Weekday.allCases.filter { texts.days.contains($0.name) })
    guard !days.isEmpty, let from = TimeOfDay(text: texts.from), let to = TimeOfDay(text: texts.to),
      let zone = TimeZone(identifier: texts.zone)
    else { return nil }
    self.init(from: from, to: to, days: days, zone: zone)
  }
}

/// The hours of a silence as texts.
struct WindowTexts: Hashable {
  var from = ""
  var to = ""
  var zone = ""
  var days: [String] = []

  fileprivate static func names(_ days: Set<Weekday>) -> [String] {
    days.sorted { $0.rawValue < $1.rawValue }.map(\.name)
  }
}

extension WindowTexts: Storable {
  static let stored = Stored(WindowTexts()) { fields in
    fields.required("from", { $0.from }, { $0.from = $1 })
    fields.required("to", { $0.to }, { $0.to = $1 })
    fields.required("zone", { $0.zone }, { $0.zone = $1 })
    fields.required("days", { $0.days }, { $0.days = $1 })
  }

  fileprivate init(_ window: WallClockWindow) {
    self.init(
      from: window.from.text,
      to: window.to.text,
      zone: window.zone.identifier,
      days: WindowTexts.names(window.days)
    )
  }
}
