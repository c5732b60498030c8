// SPDX-License-Identifier: Apache-2.0

extension Severity {
  /// A coloured circle: red for critical, yellow for warning, blue for info, white for any other level.
  public var emoji: String {
    switch level {
    case .critical: "🔴"
    case .warning: "🟡"
    case .info: "🔵"
    case .other: "⚪️"
    }
  }
}

/// The number of alerts of each severity, most severe first.
public struct SeverityCounts: Sendable, Hashable {
  /// The severities that occur, and their counts.
  public let counts: [Count]

  /// A severity and its number of alerts.
  public struct Count: Sendable, Hashable {
    /// The severity.
    public let severity: Severity
    /// The number of alerts.
    public let count: Int
  }

  /// Counts the severities of alerts.
  public init(_ alerts: [Alert]) {
    var tally: [Severity: Int] = [:]
    for alert in alerts { tally[alert.severity, default: 0] += 1 }
    counts = tally.sorted { $0.key < $1.key }.map { Count(severity: $0.key, count: $0.value) }
  }

  /// `1 critical, 4 warning, 2 info`: the severities that occur, most severe first.
  public var text: String { text(always: []) }

  /// The same, including those in `always` even if there are none: `0 warning, 2 info`.
  public func text(always: Set<Severity>) -> String {
    // Another scale may not have these words.
    let isStandard = counts.allSatisfy { $0.severity == Severity($0.severity.name) }
    let missing =
      isStandard ? always.subtracting(counts.map(\.severity)).map { Count(severity: $0, count: 0) } : []
    return (counts + missing).sorted { $0.severity < $1.severity }
      .map { "\($0.count.grouped) \($0.severity.name.oneLine)" }
      .joined(separator: ", ")
  }
}

extension Int {
  /// The number with commas between thousands: `1,234`.
  public var grouped: String {
    let digits = Array(String(magnitude))
    let groups = stride(from: digits.count, to: 0, by: -3).map { String(digits[Swift.max(0, $0 - 3)..<$0]) }
    return (self < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
  }

  /// `1 alert`, `1,234 alerts`.
  package func of(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}
