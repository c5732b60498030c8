// SPDX-License-Identifier: Apache-2.0
internal import Foundation

extension Silence {
  /// Writes the silence for `init(stored:)`, with its matcher in the format of `channels.json`.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("id")
    writer.string(id.text)
    writer.key("match")
    matcher.encode(into: &writer)
    writer.instant("from", from)
    writer.instant("until", until)
    if let hours {
      writer.strings("hours", [hours.from.text, hours.to.text, hours.zone.identifier])
      writer.strings("days", hours.days.sorted { $0.rawValue < $1.rawValue }.map(\.name))
    }
    writer.key("author")
    writer.string(author)
    writer.key("comment")
    writer.string(comment)
    if !tellsAfterwards {
      writer.key("forget")
      writer.bool(true)
    }
    writer.instant("ended_at", endedAt)
    if !endedBy.isEmpty {
      writer.key("ended_by")
      writer.string(endedBy)
    }
    writer.endObject()
  }

  /// Reads the output of `encode`; nil for anything else.
  package init?(stored bytes: [UInt8]) {
    let source = SourceText(name: "a silence", bytes: bytes)
    let (node, problems) = JSONTree.parse(source)
    guard let node, problems.isEmpty, let id = node["id"]?.string, let match = node["match"],
      let matcher = Matcher(stored: match),
      let from = node.instant("from"), let until = node.instant("until")
    else { return nil }
    self.init(
      id: SilenceID(id),
      matcher: matcher,
      from: from,
      until: until,
      author: node["author"]?.string ?? "",
      comment: node["comment"]?.string ?? "",
      tellsAfterwards: node["forget"] == nil
    )
    endedAt = node.instant("ended_at")
    endedBy = node["ended_by"]?.string ?? ""
    guard let hours = node["hours"]?.elements else { return }
    guard let window = WallClockWindow(stored: hours, days: node["days"]?.elements ?? []) else { return nil }
    self.hours = window
  }
}

extension WallClockWindow {
  fileprivate init?(stored hours: [JSONNode], days: [JSONNode]) {
    let words = hours.compactMap(\.string)
    let names = Set(days.compactMap(\.string))
    let days = Set(Weekday.allCases.filter { names.contains($0.name) })
    guard words.count == 3, !days.isEmpty, let from = TimeOfDay(text: words[0]), let to = TimeOfDay(text: words[1]),
      let zone = TimeZone(identifier: words[2])
    else { return nil }
    self.init(from: from, to: to, days: days, zone: zone)
  }
}

extension JSONNode {
  fileprivate func instant(_ name: String) -> Instant? {
    if case .number(let text) = self[name]?.value { Instant(stored: text) } else { nil }
  }
}
