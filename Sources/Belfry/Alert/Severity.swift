// SPDX-License-Identifier: Apache-2.0

/// How bad an alert is: `critical`, `warning` or `info`. Any other word is kept as it came and ranks last.
public struct Severity: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let name: String

  public init(_ name: String) { self.name = name }

  public static let critical = Severity("critical")
  public static let warning = Severity("warning")
  public static let info = Severity("info")

  /// The known severities, the worst first.
  public static let known: [Severity] = [.critical, .warning, .info]

  /// 0 for critical, 1 for warning, 2 for info, 3 for anything else: a lower rank is worse.
  public var rank: Int {
    switch name {
    case "critical": 0
    case "warning": 1
    case "info": 2
    default: 3
    }
  }

  public var description: String { name }

  /// Orders by rank, the worst first; unknown ones by name.
  public static func < (left: Severity, right: Severity) -> Bool {
    (left.rank, left.name) < (right.rank, right.name)
  }

  public func isWorse(than other: Severity) -> Bool { rank < other.rank }
}
