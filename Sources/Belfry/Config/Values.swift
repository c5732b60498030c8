// SPDX-License-Identifier: Apache-2.0

/// A value and its offset in the file, for findings made after reading.
package struct Located<Value: FieldValue>: FieldValue {
  package var value: Value
  package var offset: Int

  package init(_ value: Value, at offset: Int) {
    self.value = value
    self.offset = offset
  }

  package static var shape: FieldShape { Value.shape }
  package static func read(_ node: JSONNode, _ report: inout Report) -> Located? {
    Value.read(node, &report).map { Located($0, at: node.offset) }
  }
  package var shown: String { value.shown }
}

extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}

/// A whole number of at least one.
package struct Count: FieldValue, Hashable {
  package var value: Int
  package init(_ value: Int) { self.value = value }

  package static var shape: FieldShape { .integer(1...Int.max) }
  package static func read(_ node: JSONNode, _ report: inout Report) -> Count? {
    Int.read(node, in: 1...Int.max, &report).map { Count($0) }
  }
  package var shown: String { String(value) }
}

/// An interval: a duration of a second or more.
package struct Period: FieldValue, Hashable {
  package var duration: Duration
  package init(_ duration: Duration) { self.duration = duration }

  package static var shape: FieldShape {
    Duration.shape("a duration of 1s or more, such as \"30s\", \"5m\" or \"24h\"")
  }
  package static func read(_ node: JSONNode, _ report: inout Report) -> Period? {
    guard let duration = Duration.read(node, &report) else { return nil }
    guard duration >= .seconds(1) else {
      report.error("it is shorter than one second.", at: node.offset, remedy: "Write \"1s\" or more.")
      return nil
    }
    return Period(duration)
  }
  package var shown: String { duration.shown }
}

/// The time limit of one attempt: at least a second, because 0 would mean no limit, and at most a minute, well within a
/// delivery's lease.
package struct AttemptLimit: FieldValue, Hashable {
  package var duration: Duration
  package init(_ duration: Duration) { self.duration = duration }

  package static var shape: FieldShape { Duration.shape("a duration from 1s to 60s") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> AttemptLimit? {
    guard let duration = Duration.read(node, &report) else { return nil }
    guard (.seconds(1) ... .seconds(60)).contains(duration) else {
      report.error("\(duration.text) is not a valid timeout.", at: node.offset, remedy: "Write 1s to 60s.")
      return nil
    }
    return AttemptLimit(duration)
  }
  package var shown: String { duration.shown }
}

extension ChannelName: FieldValue {
  /// The name of a channel.
  public static var shape: FieldShape { .string("the name of a channel") }
  /// Reads the name; if it is invalid, reports the reason.
  public static func read(_ node: JSONNode, _ report: inout Report) -> ChannelName? {
    String.read(node, &report).map { ChannelName($0) }
  }
  /// The name as written in the file.
  public var shown: String { "\"\(name)\"" }
}

/// Checks names that users give to channels, sources and digests.
package enum GivenName {
  /// Whether a name consists only of letters, digits, `-`, `_` and `.`, and is short: it appears in keys, paths and
  /// logs.
  package static func isFit(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}

extension GivenName {
  package static func refuse(_ member: JSONNode.Member, _ report: inout Report) {
    report.error(
      "this name is not allowed.",
      at: member.offset,
      remedy: "Use letters, digits, `-`, `_` and `.`, at most 64 of them."
    )
  }
}
