// SPDX-License-Identifier: Apache-2.0

/// The limits beyond which JSON text counts as a mistake.
package struct JSONLimits: Sendable, Hashable {
  /// The most brackets open at once.
  package var depth: Int
  /// The most bytes of a decoded string; a longer one is cut.
  package var stringBytes: Int
  package var numberBytes: Int
  /// The number of problems kept; the rest is only counted.
  package var problems: Int

  package init(depth: Int = 64, stringBytes: Int = 1 << 20, numberBytes: Int = 64, problems: Int = 100) {
    self.depth = depth
    self.stringBytes = stringBytes
    self.numberBytes = numberBytes
    self.problems = problems
  }

  package static let standard = JSONLimits()
}
