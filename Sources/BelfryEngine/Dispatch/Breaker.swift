// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

/// A channel's circuit breaker: while deliveries keep failing, it only allows an occasional probe.
///
/// From the second failure in a row on, one delivery at a time is attempted, after a pause of a second. If nothing works
/// for ten seconds and five attempts have failed, the circuit opens: the operator is notified, and critical deliveries go
/// to the fallback. It opens at once if only the operator can fix the cause, and when the service asks for waits of more
/// than a minute.
///
/// Each pause is a sixth of the time since when nothing works, at least a second and at most five minutes. So a service
/// that was down for some time is tried again within a fifth of that time, and a dead one gets few attempts.
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
    /// The channel works after several failures that did not open the circuit.
    case recovered
  }

  private enum State: Sendable, Hashable {
    /// Any number of attempts may start.
    case free
    /// None may start before `until`, and then a probe.
    case resting(until: Instant)
    /// A probe is running.
    case probing
  }

  /// The failures since the last success.
  private struct Streak: Sendable, Hashable {
    /// When the first failed attempt began.
    var since: Instant
    /// The number of failures; those of concurrent attempts count as one.
    var failures = 0
    /// When the last counted attempt failed: those that were running then show nothing new.
    var failedAt: Instant
    /// Since when the service has only asked for waits.
    var waitingSince: Instant?
  }

  struct Cause: Sendable, Hashable {
    /// Since when nothing works.
    var since: Instant
    var reason: Verdict.Reason
  }

  /// How many failures in a row open it, if nothing works for `patience`.
  static let threshold = 5
  static let patience = Duration.seconds(10)
  /// How many failures in a row make it pause between attempts.
  static let suspicion = 2
  static let firstRest = Duration.seconds(1)
  static let longestRest = Duration.seconds(300)
  /// The shortest pause if only the operator can fix the cause: servers lock accounts after failed logins.
  static let firstOperatorRest = Duration.seconds(30)
  /// How long a service may ask for waits, in total since its last success, before that counts as a failure.
  static let longestAskedWait = Duration.seconds(60)
  /// The longest pause at a service's request.
  static let longestAskedRest = Duration.seconds(600)

  private var state = State.free
  private var streak: Streak?
  /// The length of the current pause, or of the last one.
  private(set) var rest = Breaker.firstRest
  /// Since when it fails, and why; nil while it is closed.
  private(set) var cause: Cause?

  init() {}

  /// Restores a circuit that was not closed when the previous process ended.
  ///
  /// The pause is no longer than a new one would be, because the clock may have been set back since.
  init(_ note: CircuitNote, at now: Instant) {
    let since = min(note.since, now)
    state = .resting(until: min(note.until, now + note.rest))
    streak = Streak(since: since, failures: Breaker.threshold, failedAt: since)
    rest = note.rest
    cause = Cause(since: since, reason: note.reason)
  }

  /// Shifts the pause by a step of the clock: the remaining time stays the same.
  mutating func follow(_ step: Duration) {
    if case .resting(let until) = state { state = .resting(until: until + step) }
    if var streak {
      streak.since = streak.since + step
      streak.failedAt = streak.failedAt + step
      streak.waitingSince = streak.waitingSince.map { $0 + step }
      self.streak = streak
    }
    if let cause { self.cause = Cause(since: cause.since + step, reason: cause.reason) }
  }

  /// Whether a probe of an open circuit is running.
  var isProbing: Bool { state == .probing && cause != nil }
  var isClosed: Bool { cause == nil }

  /// Whether it allows only one attempt at a time, which may be any pending delivery: also one that waits for its own
  /// retry, because what it waits for is the channel.
  var wantsProbes: Bool { state != .free }

  /// How many of `limit` attempts may start.
  func allowance(_ limit: Int, at now: Instant) -> Int {
    switch state {
    case .free: limit
    case .resting(let until): until <= now ? min(1, limit) : 0
    case .probing: 0
    }
  }

  /// When it next allows an attempt; nil if it does now, or if it waits for a running one.
  func opens(after now: Instant) -> Instant? {
    if case .resting(let until) = state, until > now { until } else { nil }
  }

  /// Records the start of an attempt.
  mutating func begin() { if case .resting = state { state = .probing } }

  /// Records that what was started did not become an attempt.
  mutating func withdraw(at now: Instant) { if case .probing = state { state = .resting(until: now) } }

  /// Records the end of an attempt that started at `begun`.
  ///
  /// A `random` number in 0 ..< 1 shortens the next pause a little, so that several senders do not try at the same moments.
  ///
  /// - Returns: whether the channel's state changed; nil if it did not.
  mutating func note(_ outcome: Outcome, begun: Instant, at now: Instant, random: Double) -> Change? {
    if case .unknown = outcome {
      withdraw(at: now)
      return nil
    }
    if case .works = outcome {
      let change: Change? = isClosed ? (streak?.failures ?? 0) >= Breaker.suspicion ? .recovered : nil : .closed
      self = Breaker()
      return change
    }
    // What was running when the last attempt failed shows nothing new.
    let isNew = streak.map { begun >= $0.failedAt } ?? true
    switch outcome {
    case .asksToWait(let wait, let reason):
      return isClosed || isNew ? asked(to: wait, because: reason, begun: begun, at: now) : nil
    case .fails(let reason):
      guard isNew else { return nil }
      return failed(because: reason, needsOperator: false, begun: begun, at: now, random: random)
    case .needsOperator(let reason):
      guard isClosed || isNew else { return nil }
      return failed(because: reason, needsOperator: true, begun: begun, at: now, random: random)
    case .works, .unknown: return nil
    }
  }

  private mutating func failed(
    because reason: Verdict.Reason,
    needsOperator: Bool,
    begun: Instant,
    at now: Instant,
    random: Double
  ) -> Change? {
    var streak = streak ?? Streak(since: begun, failedAt: now)
    streak.failures += 1
    streak.failedAt = now
    self.streak = streak
    let failing = now - streak.since
    let wasClosed = isClosed
    if !wasClosed || needsOperator || streak.failures >= Breaker.threshold && failing >= Breaker.patience {
      cause = Cause(since: cause?.since ?? streak.since, reason: reason)
    }
    if !isClosed || streak.failures >= Breaker.suspicion {
      let shortest = needsOperator ? Breaker.firstOperatorRest : Breaker.firstRest
      let length = max(shortest, min(failing / 6, Breaker.longestRest))
      pause(.microseconds(Int64(Double(length.microseconds) * (1 - random / 5))), at: now)
    }
    return wasClosed && !isClosed ? .opened : nil
  }

  /// Records a wait that the service asked for; short ones are normal, but waits of more than a minute in total keep
  /// messages from people.
  private mutating func asked(
    to wait: Duration,
    because reason: Verdict.Reason,
    begun: Instant,
    at now: Instant
  ) -> Change? {
    var streak = streak ?? Streak(since: begun, failedAt: begun)
    let since = streak.waitingSince ?? now
    streak.waitingSince = since
    guard !isClosed || now + wait - since > Breaker.longestAskedWait else {
      self.streak = streak
      withdraw(at: now + wait)
      return nil
    }
    streak.failures += 1
    streak.failedAt = now
    self.streak = streak
    let wasClosed = isClosed
    cause = Cause(since: cause?.since ?? streak.since, reason: reason.asking(for: wait))
    // As long as the service asks, but not so long that nobody would notice when it works again.
    pause(min(max(wait, Breaker.firstRest), Breaker.longestAskedRest), at: now)
    return wasClosed ? .opened : nil
  }

  private mutating func pause(_ length: Duration, at now: Instant) {
    rest = length
    state = .resting(until: now + length)
  }

  /// The circuit in the form stored in the ledger; nil while it is closed.
  func note(of channel: ChannelName, at now: Instant) -> CircuitNote? {
    guard let cause else { return nil }
    let until = if case .resting(let until) = state { until } else { now }
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
