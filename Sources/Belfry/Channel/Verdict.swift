// SPDX-License-Identifier: Apache-2.0

/// What became of one attempt to deliver, as the channel judges the reply.
public enum Verdict: Sendable, Hashable {
  /// It was accepted.
  case delivered(Receipt)
  /// Some of those it is for have it, and the rest do not.
  ///
  /// With `retry` the rest is worth another attempt, which finds the receipt as `Notice.progress`; else that is its end.
  /// The receipt names under `refused` who is not going to get it, and under `waiting` who is still to get it.
  case partial(Receipt, because: Reason, retry: Bool)
  /// Try the same again: after `after` where the server asked for a wait, else when the backoff says.
  case retry(after: Duration?, because: Reason)
  /// It was sent, but the answer was lost or contradicts itself: it may have arrived.
  case ambiguous(because: Reason)
  /// Sending the same again cannot help.
  case rejected(Rejection, because: Reason)

  /// Who would have to change something before it could be delivered.
  public enum Rejection: String, Sendable, Hashable, CaseIterable {
    /// This message is refused as it is.
    case payload
    /// This recipient cannot be reached.
    case target
    /// Credentials, scope, account or certificate: the operator has to act.
    case `operator`
  }

  /// A short code that may stand in any log, and a sentence for a person.
  ///
  /// Neither holds a secret or the alert's text.
  public struct Reason: Sendable, Hashable, CustomStringConvertible {
    /// Such as `ratelimited` or `http_503`.
    public var code: String
    /// A sentence for a person; may be empty.
    public var text: String
    /// Which class of outcome it stands for, once that is known.
    package var outcome: Outcome?
    /// Creates a reason.
    public init(_ code: String, _ text: String) {
      self.code = code
      self.text = text
    }
    /// The code and the sentence.
    public var description: String { text.isEmpty ? code : "\(code): \(text)" }
    /// The same without the full stop that would end a line too early.
    package var clause: String { description.hasSuffix(".") ? String(description.dropLast()) : description }
  }
}

extension Verdict {
  /// The classes that an attempt which did not succeed falls into; the docs have a row for each.
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    case partial
    case retry
    case ambiguous
    case payload
    case target
    case `operator`
  }

  /// Whether only the operator can mend it.
  package var needsOperator: Bool { if case .rejected(.operator, _) = self { true } else { false } }

  /// Why it did not succeed, with the class that it falls into; nil when it did.
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

/// What the other side gave to recognise the message by, kept with the delivery: a Slack `channel` and `ts`, a
/// Message-ID.
public struct Receipt: Sendable, Hashable {
  /// What the channel chose to keep, by name.
  public var values: Labels
  /// Creates a receipt; many services give none.
  public init(_ values: Labels = [:]) { self.values = values }
  /// The value kept under that name.
  public subscript(name: String) -> String? { values[name] }
}
