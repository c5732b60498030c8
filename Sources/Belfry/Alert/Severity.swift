// SPDX-License-Identifier: Apache-2.0

/// The severity of an alert: `critical`, `warning` or `info`.
///
/// Any other word is kept unchanged and ranks last.
public struct Severity: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 0 for critical, 1 for warning, 2 for info, 3 for any other: a lower rank is more severe.
  public let rank: Int
  /// The word as the source wrote it.
  @ExactText public private(set) var name: String

  /// Creates a severity from any word.
  public init(_ name: String) {
    self.name = name
    rank =
      switch name {
      case "critical": 0
      case "warning": 1
      case "info": 2
      default: 3
      }
  }

  /// Someone must act now.
  public static let critical = Severity("critical")
  /// Someone must act soon.
  public static let warning = Severity("warning")
  /// For information.
  public static let info = Severity("info")

  /// The known severities, most severe first.
  public static let known: [Severity] = [.critical, .warning, .info]

  /// The word itself.
  public var description: String { name }

  /// Orders by rank, most severe first; unknown ones by name.
  public static func < (left: Severity, right: Severity) -> Bool {
    left.rank == right.rank ? left._name < right._name : left.rank < right.rank
  }

  /// Whether it is more severe than `other`; false for the same rank.
  public func isWorse(than other: Severity) -> Bool { rank < other.rank }
}
