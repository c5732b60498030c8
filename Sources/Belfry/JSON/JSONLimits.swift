// SPDX-License-Identifier: Apache-2.0

/// How much JSON text the reader takes before it calls it a mistake.
package struct JSONLimits: Sendable, Hashable {
  /// How many brackets may be open at once.
  package var depth: Int
  /// In bytes of the text it stands for; a longer one is cut.
  package var stringBytes: Int
  package var numberBytes: Int
  /// How many problems are kept; the rest is counted.
  package var problems: Int

  package init(depth: Int = 64, stringBytes: Int = 1 << 20, numberBytes: Int = 64, problems: Int = 100) {
    self.depth = depth
    self.stringBytes = stringBytes
    self.numberBytes = numberBytes
    self.problems = problems
  }

  package static let standard = JSONLimits()
}
