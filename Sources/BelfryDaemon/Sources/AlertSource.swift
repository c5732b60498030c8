// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport

/// Where alerts come from.
///
/// It says what it holds active, and knows nothing of routing.
package protocol AlertSource: Sendable {
  var name: SourceName { get }
  /// Looks once.
  ///
  /// - Parameters:
  ///   - memory: what the last look left, to see cheaply that nothing changed; nil at first.
  ///   - now: the time, to tell what has ended.
  /// - Returns: what was seen, and what to remember for the next look.
  func observe(since memory: SourceMemory?, at now: Instant) async -> Observation
}

/// What one look at a source gave.
package struct Observation: Sendable {
  package enum Outcome: Sendable {
    /// Everything it holds active.
    case alerts(AlertSnapshot)
    /// The same as at the last look.
    case unchanged
    /// Some of what it holds active, and why the rest could not be read.
    case partial([Alert], String)
    /// It could not be read; why, for a person.
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
  /// Why not all of it could be read; nil when it could.
  package var trouble: String? {
    switch outcome {
    case .alerts, .unchanged: nil
    case .partial(_, let reason), .failed(let reason): reason
    }
  }
  package var memory: SourceMemory?
  /// When what was seen was written; nil when it is as new as the look.
  package var writtenAt: Instant?

  package init(_ outcome: Outcome, memory: SourceMemory? = nil, writtenAt: Instant? = nil) {
    self.outcome = outcome
    self.memory = memory
    self.writtenAt = writtenAt
  }
}

/// What a source remembers of its last look, such as how it recognises what it has read before.
package enum SourceMemory: Sendable, Hashable {
  case file(FileIdentity)
  case content(UInt64)
  case probe(ProbeStreak)
  case audit(AuditRuleSource.Memory)
}
