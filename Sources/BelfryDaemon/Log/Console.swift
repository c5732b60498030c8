// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport

/// What the operator sees while the notifier runs: a line per decision, delivery and trouble, each with its time.
package struct Console: Sendable {
  private let time: any TimeSource
  private let print: @Sendable (String) -> Void

  package init(time: any TimeSource, print: @escaping @Sendable (String) -> Void) {
    self.time = time
    self.print = print
  }

  /// Prints one line; a line break in it becomes a space, so that no text from outside can forge another line.
  package func say(_ text: String) {
    let line = text.contains(where: \.isNewline) ? text.split(whereSeparator: \.isNewline).joined(separator: " ") : text
    print("\(stamp()) \(line)")
  }

  /// The time to the second, in UTC.
  private func stamp() -> String {
    Instant(seconds: time.now().microseconds / 1_000_000).iso8601
  }
}
