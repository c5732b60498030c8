// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport

/// By when work that grows with what is stored has to end, on the monotonic clock; it is checked between its pieces.
package struct WorkDeadline: Sendable {
  /// The work that is bounded.
  package enum Work: Sendable {
    /// Many alerts are listed.
    case listing
    /// What became of one alert is read, from the audit log too.
    case story
  }

  /// It took too long.
  package struct Overdue: Error, Sendable, CustomStringConvertible {
    package let work: Work

    package var description: String {
      let remedy =
        switch work {
        case .listing: "Ask for less at a time."
        case .story: "The audit log is long: run belfry why on the machine, which has no time limit."
        }
      return "It took longer than \(WorkDeadline.limit.text). \(remedy)"
    }
  }

  private let work: Work
  private let time: any TimeSource
  private let start: Duration

  package static let limit = Duration.seconds(20)

  /// The deadline of work that begins now.
  package init(of work: Work, on time: any TimeSource) {
    self.work = work
    self.time = time
    start = time.elapsed()
  }

  /// - Throws: `Overdue` when the time is over, or `CancellationError` when nobody waits for the work any more.
  package func check() throws {
    try Task.checkCancellation()
    if time.elapsed() - start >= WorkDeadline.limit { throw Overdue(work: work) }
  }
}
