// SPDX-License-Identifier: Apache-2.0

/// The severity of an alert: `critical`, `warning`, `info`, or a word of the installation's own `SeverityScale`.
///
/// Any other word is kept unchanged and ranks last. The rank is part of the value, so that comparing needs no scale.
public struct Severity: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The row of the scale, 0 for the most severe; an unknown word ranks after the last row.
  public let rank: Int
  /// How it is shown, whatever its word: with the colour, emoji and style of one of four levels.
  public let level: Level
  /// The word.
  @ExactText public private(set) var name: String

  /// How a severity is shown.
  public enum Level: String, Sendable, Hashable {
    /// Someone must act now: the first row of the scale.
    case critical
    /// Someone must act soon: the rows up to the one of `warning`.
    case warning
    /// For information: the rows after that.
    case info
    /// A word that the scale does not contain.
    case other
  }

  /// Creates a severity of the standard scale from any word.
  public init(_ name: String) {
    self.name = name
    (rank, level) =
      switch name {
      case "critical": (0, .critical)
      case "warning": (1, .warning)
      case "info": (2, .info)
      default: (3, .other)
      }
  }

  /// Creates a severity of another scale.
  package init(_ name: String, rank: Int, level: Level) {
    self.name = name
    (self.rank, self.level) = (rank, level)
  }

  /// Someone must act now.
  public static let critical = Severity("critical")
  /// Someone must act soon.
  public static let warning = Severity("warning")
  /// For information.
  public static let info = Severity("info")

  /// The severities of the standard scale, most severe first.
  public static let known: [Severity] = [.critical, .warning, .info]

  /// The word itself.
  public var description: String { name }

  /// Whether it is of the first row of the scale: someone must act now.
  public var isCritical: Bool { rank == 0 }

  /// The ledger's class of deliveries, 0 to 3: deliveries of a lower class are sent first.
  package var urgency: Int { min(rank, 3) }

  /// Orders by rank, most severe first; unknown ones by name.
  public static func < (left: Severity, right: Severity) -> Bool {
    left.rank == right.rank ? left._name < right._name : left.rank < right.rank
  }

  /// Whether both are of the same row of the scale, or the same unknown word.
  package func isSame(as other: Severity) -> Bool {
    rank == other.rank && (level != .other && other.level != .other || _name == other._name)
  }

  /// Whether it is more severe than `other`; false for the same rank.
  public func isWorse(than other: Severity) -> Bool { rank < other.rank }
}
