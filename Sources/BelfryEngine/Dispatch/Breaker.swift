// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

/// A channel's circuit breaker: while deliveries keep failing, it only allows an occasional probe.
///
/// It opens after several failures in a row, when the service asks for a wait of more than a minute, or at once if only
/// the operator can fix the cause. After a pause, one delivery is attempted. If it succeeds the circuit closes; if not,
/// the next pause is twice as long.
struct Breaker: Sendable, Hashable {
  /// What an attempt shows about the channel.
  enum Outcome: Sendable, Hashable {
    /// The service answered, whatever it decided about the message.
    case works
    case fails(Verdict.Reason)
    /// The service asked to wait for some time.
    case asksToWait(Duration, Verdict.Reason)
    /// Only the operator can fix it, so another attempt is useless.
    case needsOperator(Verdict.Reason)
    /// Nothing: the cause of the failure is not the channel.
    case unknown
  }

  enum Change: Sendable, Hashable {
    case opened
    case closed
  }

  private enum State: Sendable, Hashable {
    case closed(Strain)
    case open(until: Instant)
    /// A probe is running.
    case probing
  }

  /// The failures of a channel with a closed circuit since its last success.
  private struct Strain: Sendable, Hashable {
    var failures = 0
    /// Since when the service has only asked for waits.
    var waitingSince: Instant?
  }

  /// How many failures in a row open it.
  static let threshold = 5
  static let firstRest = Duration.seconds(30)
  static let longestRest = Duration.seconds(600)
  /// How long a service may ask for waits, in total since its last success, before that counts as a failure.
  static let longestAskedWait = Duration.seconds(60)

  private var state = State.closed(Strain())
  private(set) var rest = Breaker.firstRest
  /// When it opened, and why; nil while it is closed.
  private(set) var cause: Cause?

  struct Cause: Sendable, Hashable {
    var since: Instant
    var reason: Verdict.Reason
  }

  init() {}

  /// Restores a circuit that was not closed when the previous process ended.
  ///
  /// The pause is no longer than a new one would be, because the clock may have been set back since.
  init(_ note: CircuitNote, at now: Instant) {
    state = .open(until: min(note.until, now + note.rest))
    rest = note.rest
    cause = Cause(since: min(note.since, now), reason: note.reason)
  }

  /// Shifts the pause by a step of the clock: the remaining time stays the same.
  mutating func follow(_ step: Duration) {
    if case .open(let until) = state { state = .open(until: until + step) }
    if case .closed(var strain) = state, let since = strain.waitingSince {
      strain.waitingSince = since + step
      state = .closed(strain)
    }
    if let cause { self.cause = Cause(since: cause.since + step, reason: cause.reason) }
  }

  var isProbing: Bool { state == .probing }
  var isClosed: Bool { if case .closed = state { true } else { false } }

  /// How many of `limit` attempts may start.
  func allowance(_ limit: Int, at now: Instant) -> Int {
    switch state {
    case .closed: limit
    case .open(let until): until <= now ? min(1, limit) : 0
    case .probing: 0
    }
  }

  /// When it next allows an attempt; nil if it does now, or if it waits for a running one.
  func opens(after now: Instant) -> Instant? {
    if case .open(let until) = state, until > now { until } else { nil }
  }

  /// Records the start of an attempt.
  mutating func begin() { if case .open = state { state = .probing } }

  /// Records that what was started did not become an attempt.
  mutating func withdraw(at now: Instant) { if case .probing = state { state = .open(until: now) } }

  /// Records the end of an attempt that started at `begun`.
  ///
  /// - Returns: whether the circuit opened or closed; nil if it did not change.
  mutating func note(_ outcome: Outcome, begun: Instant, at now: Instant) -> Change? {
    switch (state, outcome) {
    case (_, .unknown):
      withdraw(at: now)
      return nil
    case (.closed, .works):
      state = .closed(Strain())
      return nil
    case (_, .works):
      self = Breaker()
      return .closed
    case (.closed(var strain), .fails) where strain.failures + 1 < Breaker.threshold:
      strain.failures += 1
      state = .closed(strain)
      return nil
    case (.closed(let strain), .asksToWait(let wait, let reason)):
      return asked(to: wait, strain, because: reason, at: now)
    case (.closed, .fails(let reason)), (.closed, .needsOperator(let reason)):
      cause = Cause(since: now, reason: reason)
      state = .open(until: now + rest)
      return .opened
    case (.open, .fails), (.open, .needsOperator), (.open, .asksToWait):
      // It was running when the circuit opened, and shows nothing new.
      return nil
    case (.probing, .fails(let reason)), (.probing, .needsOperator(let reason)):
      guard let cause, begun >= cause.since else { return nil }
      self.cause = Cause(since: cause.since, reason: reason)
      rest = min(rest * 2, Breaker.longestRest)
      state = .open(until: now + rest)
      return nil
    case (.probing, .asksToWait(let wait, let reason)):
      guard let cause, begun >= cause.since else { return nil }
      open(Cause(since: cause.since, reason: reason.asking(for: wait)), askedFor: wait, at: now)
      return nil
    }
  }

  /// Records a wait that the service asked for; short ones are normal, but waits of more than a minute in total keep
  /// messages from people.
  private mutating func asked(
    to wait: Duration,
    _ strain: Strain,
    because reason: Verdict.Reason,
    at now: Instant
  ) -> Change? {
    var strain = strain
    let since = strain.waitingSince ?? now
    guard now + wait - since > Breaker.longestAskedWait else {
      strain.waitingSince = since
      state = .closed(strain)
      return nil
    }
    open(Cause(since: now, reason: reason.asking(for: wait)), askedFor: wait, at: now)
    return .opened
  }

  /// Pauses as long as the service asks, but not so long that nobody would notice when it works again.
  private mutating func open(_ cause: Cause, askedFor wait: Duration, at now: Instant) {
    self.cause = cause
    rest = min(max(wait, rest), Breaker.longestRest)
    state = .open(until: now + rest)
  }

  /// The circuit in the form stored in the ledger; nil while it is closed.
  func note(of channel: ChannelName, at now: Instant) -> CircuitNote? {
    guard let cause else { return nil }
    let until = if case .open(let until) = state { until } else { now }
    return CircuitNote(channel: channel, since: cause.since, until: until, rest: rest, because: cause.reason)
  }
}

extension Breaker.Outcome {
  init(_ verdict: Verdict) {
    self =
      switch verdict {
      case .delivered, .partial, .rejected(.payload, _), .rejected(.target, _): .works
      case .retry(_, let reason) where reason.code == TransportFailure.Kind.cancelled.rawValue: .unknown
      case .retry(let wait?, let reason): .asksToWait(wait, reason)
      case .retry(nil, let reason), .ambiguous(let reason): .fails(reason)
      case .rejected(.operator, let reason): .needsOperator(reason)
      }
  }
}

extension Verdict.Reason {
  /// The reason, including the wait that the service asks for.
  fileprivate func asking(for wait: Duration) -> Verdict.Reason {
    Verdict.Reason(code, [text, "It asks to wait \(wait.text)."].filter { !$0.isEmpty }.joined(separator: " "))
  }
}
