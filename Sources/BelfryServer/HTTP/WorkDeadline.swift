// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// By when work that grows with what is stored has to end, on the monotonic clock; it is checked between its pieces.
package struct WorkDeadline: Sendable {
  /// It took too long.
  package struct Overdue: Error, Sendable, CustomStringConvertible {
    package var description: String { "It took longer than \(WorkDeadline.limit.text). Ask for less at a time." }
  }

  private let start: Duration

  package static let limit = Duration.seconds(20)

  package init(from start: Duration) { self.start = start }

  /// - Throws: `Overdue` when the time is over, or `CancellationError` when nobody waits for the work any more.
  package func check(at now: Duration) throws {
    try Task.checkCancellation()
    if now - start >= WorkDeadline.limit { throw Overdue() }
  }
}
