// SPDX-License-Identifier: Apache-2.0

/// A time of day, such as 09:00.
package struct TimeOfDay: Sendable, Hashable {
  package var hour: Int
  package var minute: Int

  package static let midnight = TimeOfDay(hour: 0, minute: 0)

  private init(hour: Int, minute: Int) {
    self.hour = hour
    self.minute = minute
  }

  package init?(text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...2).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
    else { return nil }
    self.init(hour: hour, minute: minute)
  }

  var secondOfDay: Int64 { Int64(hour * 3600 + minute * 60) }

  package var text: String { "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)" }
}

extension TimeOfDay: Comparable {
  package static func < (left: TimeOfDay, right: TimeOfDay) -> Bool { left.secondOfDay < right.secondOfDay }
}

extension TimeOfDay: FieldValue {
  package static var shape: FieldShape { .string("a time of day such as \"09:00\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> TimeOfDay? {
    guard let text = String.read(node, &report) else { return nil }
    if let time = TimeOfDay(text: text) { return time }
    report.error(
      "\"\(text)\" is not a time of day.",
      at: node.offset,
      remedy: "Write it like \"09:00\", from 00:00 to 23:59."
    )
    return nil
  }
  package var shown: String { "\"\(text)\"" }
}
