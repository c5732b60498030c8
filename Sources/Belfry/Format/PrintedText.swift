// SPDX-License-Identifier: Apache-2.0

extension Sequence<String> {
  /// The lines as one text; a line break within a line becomes harmless.
  package var printedLines: String { lazy.map(\.printableLine).joined(separator: "\n") }
}

/// A message with values in it; no value can break its line or control a terminal.
package struct PrintedText: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
  package let text: String
  package var description: String { text }

  /// One line.
  package init(_ line: String) { text = line.printableLine }
  package init(stringLiteral text: String) { self.text = text }
  package init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  /// Several lines.
  package init(lines: some Sequence<String>) { text = lines.printedLines }

  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""
    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
    package mutating func appendLiteral(_ literal: String) { text += literal }
    package mutating func appendInterpolation(_ value: some Any) { text += String(describing: value).printableLine }
  }
}
