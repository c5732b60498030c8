// SPDX-License-Identifier: Apache-2.0

/// The most messages that a service accepts in a period.
public struct Rate: Sendable, Hashable {
  /// The number of messages, at least one.
  public let count: Int
  /// The period.
  public let period: Duration

  /// Creates a rate of `count` per `period`.
  public init(_ count: Int, per period: Duration) {
    precondition(count > 0 && period > .zero, "a rate is of at least one message in some time")
    self.count = count
    self.period = period
  }

  /// The time between the starts of two messages.
  public var spacing: Duration { period / count }
}

extension Rate: CustomStringConvertible {
  /// The rate as written in the file, such as `1/s`.
  public var description: String { "\(count)/\(Rate.units.first { $0.period == period }?.name ?? period.text)" }

  fileprivate static let units: [(name: String, word: String, period: Duration)] = [
    ("s", "second", .seconds(1)), ("m", "minute", .seconds(60)), ("h", "hour", .seconds(3600)),
    ("d", "day", .seconds(86_400)),
  ]

  /// The rate in words: `1 message a second`.
  package var words: String {
    let unit = Rate.units.first { $0.period == period }?.word
    return "\(count) message\(count == 1 ? "" : "s") a \(unit ?? period.text)"
  }
}

/// A channel's `rate`: a limit, or none.
package enum RateLimit: FieldValue, Hashable {
  case limited(Rate)
  case unlimited

  package static var shape: FieldShape {
    .string("a number of messages in a time, such as \"1/s\", \"30/m\" or \"100/h\", or \"unlimited\"")
  }

  package static func read(_ node: JSONNode, _ report: inout Report) -> RateLimit? {
    guard let text = String.read(node, &report) else { return nil }
    if text == "unlimited" { return .unlimited }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let period = parts.count == 2 ? Rate.units.first { $0.name == parts[1] }?.period : nil
    guard let period, let count = Int(parts[0]), (1...10_000).contains(count) else {
      report.error(
        "\"\(text)\" is not a rate.",
        at: node.offset,
        remedy: "Write a number from 1 and a unit, such as \"1/s\", \"30/m\", \"100/h\" or \"500/d\"; or \"unlimited\"."
      )
      return nil
    }
    return .limited(Rate(count, per: period))
  }

  package var shown: String {
    switch self {
    case .limited(let rate): "\"\(rate)\""
    case .unlimited: "\"unlimited\""
    }
  }

  package var rate: Rate? { if case .limited(let rate) = self { rate } else { nil } }
}
