// SPDX-License-Identifier: Apache-2.0

/// How many messages a service takes in a time, at most.
public struct Rate: Sendable, Hashable {
  /// How many, at least one.
  public let count: Int
  /// In which time.
  public let period: Duration

  /// Creates a rate of `count` in every `period`.
  public init(_ count: Int, per period: Duration) {
    precondition(count > 0 && period > .zero, "a rate is of at least one message in some time")
    self.count = count
    self.period = period
  }

  /// The time from the beginning of one message to that of the next.
  public var spacing: Duration { period / count }
}

extension Rate: CustomStringConvertible {
  /// Such as `1/s`, as it is written in the file.
  public var description: String { "\(count)/\(Rate.units.first { $0.period == period }?.name ?? period.text)" }

  fileprivate static let units: [(name: String, period: Duration)] = [
    ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)), ("d", .seconds(86_400)),
  ]

  /// In words: `1 message a second`.
  package var words: String {
    let unit = ["s": "second", "m": "minute", "h": "hour", "d": "day"][String(description.split(separator: "/")[1])]
    return "\(count) message\(count == 1 ? "" : "s") a \(unit ?? period.text)"
  }
}

/// What `rate` says of a channel: a limit, or that there is none.
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
        "\"\(text)\" is no rate.",
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
