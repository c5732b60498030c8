// SPDX-License-Identifier: Apache-2.0

/// How bad an alert is: `critical`, `warning` or `info`.
///
/// Any other word is kept as it came and ranks last.
public struct Severity: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The word as the source wrote it.
  @ExactText public private(set) var name: String

  /// Creates a severity of any word.
  public init(_ name: String) { self.name = name }

  /// Someone has to act now.
  public static let critical = Severity("critical")
  /// Someone has to act soon.
  public static let warning = Severity("warning")
  /// Good to know.
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

  /// The word itself.
  public var description: String { name }

  /// Orders by rank, the worst first; unknown ones by name.
  public static func < (left: Severity, right: Severity) -> Bool {
    (left.rank, left._name) < (right.rank, right._name)
  }

  /// Whether this ranks before `other`; false for two of one rank.
  public func isWorse(than other: Severity) -> Bool { rank < other.rank }
}
