// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport

/// A source of alerts.
///
/// It reports its active alerts, and knows nothing about routing.
package protocol AlertSource: Sendable {
  var name: SourceName { get }
  /// Reads the source once.
  ///
  /// - Parameters:
  ///   - memory: The state after the last read, to detect cheaply that nothing changed; nil at first.
  ///   - now: The time, to decide what has ended.
  /// - Returns: the observation, and the state to remember for the next read.
  func observe(since memory: SourceMemory?, at now: Instant) async -> Observation
}

/// The result of reading a source once.
package struct Observation: Sendable {
  package enum Outcome: Sendable {
    /// All its active alerts.
    case alerts(AlertSnapshot)
    /// The same as at the last read.
    case unchanged
    /// Some of its active alerts, and why the rest could not be read.
    case partial([Alert], String)
    /// It could not be read; the reason, for people.
    case failed(String)
  }

  package var outcome: Outcome
  /// Whether all of it could be read.
  package var isGood: Bool {
    switch outcome {
    case .alerts, .unchanged: true
    case .partial, .failed: false
    }
  }
  /// The reason why not all of it could be read; nil if it could.
  package var trouble: String? {
    switch outcome {
    case .alerts, .unchanged: nil
    case .partial(_, let reason), .failed(let reason): reason
    }
  }
  package var memory: SourceMemory?
  /// When the data was written; nil if it is as new as the read.
  package var writtenAt: Instant?

  package init(_ outcome: Outcome, memory: SourceMemory? = nil, writtenAt: Instant? = nil) {
    self.outcome = outcome
    self.memory = memory
    self.writtenAt = writtenAt
  }
}

/// What a source remembers of its last read, for example to recognise unchanged data.
package enum SourceMemory: Sendable, Hashable {
  case file(FileIdentity)
  case content(UInt64)
  case probe(ProbeStreak)
  case audit(AuditRuleSource.Memory)
}
