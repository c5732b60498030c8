// SPDX-License-Identifier: Apache-2.0

/// A channel's judgement of the reply to one delivery attempt.
public enum Verdict: Sendable, Hashable {
  /// It was accepted.
  case delivered(Receipt)
  /// Some recipients got it, and the rest did not.
  ///
  /// With `retry` the rest is worth another attempt, which gets the receipt as `Notice.progress`; otherwise the
  /// delivery ends. The receipt lists the recipients refused for good under `refused`, and those that still have to get
  /// it under `waiting`.
  case partial(Receipt, because: Reason, retry: Bool)
  /// Retry unchanged: after `after` if the server asked for a wait, otherwise according to the backoff.
  case retry(after: Duration?, because: Reason)
  /// It was sent, but the answer was lost or is contradictory: it may have arrived.
  case ambiguous(because: Reason)
  /// Sending it again unchanged cannot help.
  case rejected(Rejection, because: Reason)

  /// Where a change is needed before it can be delivered.
  public enum Rejection: String, Sendable, Hashable, CaseIterable {
    /// This message is refused.
    case payload
    /// This recipient is unreachable.
    case target
    /// Credentials, scope, account or certificate: the operator must act.
    case `operator`
  }

  /// A short code that is safe in any log, and a sentence for people.
  ///
  /// Neither contains a secret or the alert's text.
  public struct Reason: Sendable, Hashable, CustomStringConvertible {
    /// The code, such as `ratelimited` or `http_503`.
    public var code: String
    /// A sentence for people; may be empty.
    public var text: String
    /// The class of the outcome, once it is known.
    package var outcome: Outcome?
    /// Creates a reason.
    public init(_ code: String, _ text: String) {
      self.code = code
      self.text = text
    }
    /// The code and the sentence.
    public var description: String { text.isEmpty ? code : "\(code): \(text)" }
    /// The description without a final full stop, for use inside a sentence.
    package var clause: String { description.hasSuffix(".") ? String(description.dropLast()) : description }
  }
}

extension Verdict {
  /// The classes of unsuccessful attempts; the docs have a row for each.
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    case partial
    case retry
    case ambiguous
    case payload
    case target
    case `operator`
  }

  /// Whether only the operator can fix it.
  package var needsOperator: Bool { if case .rejected(.operator, _) = self { true } else { false } }

  /// The reason for the failure, with its class; nil if it succeeded.
  package var failure: Reason? {
    switch self {
    case .delivered: nil
    case .partial(_, let reason, _): reason.classed(.partial)
    case .retry(_, let reason): reason.classed(.retry)
    case .ambiguous(let reason): reason.classed(.ambiguous)
    case .rejected(.payload, let reason): reason.classed(.payload)
    case .rejected(.target, let reason): reason.classed(.target)
    case .rejected(.operator, let reason): reason.classed(.operator)
    }
  }
}

extension Verdict.Reason {
  fileprivate func classed(_ outcome: Verdict.Outcome) -> Verdict.Reason {
    var reason = self
    reason.outcome = outcome
    return reason
  }
}

/// What the service returned to identify the message, stored with the delivery: a Slack `channel` and `ts`, a
/// Message-ID.
public struct Receipt: Sendable, Hashable {
  /// The values that the channel chose to keep, by name.
  public var values: Labels
  /// Creates a receipt; many services return none.
  public init(_ values: Labels = [:]) { self.values = values }
  /// The value with that name.
  public subscript(name: String) -> String? { values[name] }
}
