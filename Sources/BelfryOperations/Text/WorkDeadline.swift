// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport

/// The time limit, on the monotonic clock, of work that grows with the stored data; it is checked between pieces of the
/// work.
package struct WorkDeadline: Sendable {
  /// The limited work.
  package enum Work: Sendable {
    /// Listing many alerts.
    case listing
    /// Reading one alert's history, also from the audit log.
    case story
  }

  /// The work took too long.
  package struct Overdue: Error, Sendable, CustomStringConvertible {
    package let work: Work

    package var description: String {
      let remedy =
        switch work {
        case .listing: "Ask for fewer at a time."
        case .story: "The audit log is long: run belfry why on the machine, which has no time limit."
        }
      return "It took longer than \(WorkDeadline.limit.text). \(remedy)"
    }
  }

  private let work: Work
  private let time: any TimeSource
  private let start: Duration

  package static let limit = Duration.seconds(20)

  /// The deadline of work that starts now.
  package init(of work: Work, on time: any TimeSource) {
    self.work = work
    self.time = time
    start = time.elapsed()
  }

  /// - Throws: `Overdue` if the time is over, or `CancellationError` if the caller was cancelled.
  package func check() throws {
    try Task.checkCancellation()
    if time.elapsed() - start >= WorkDeadline.limit { throw Overdue(work: work) }
  }
}
