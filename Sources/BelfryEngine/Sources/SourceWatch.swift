// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryPolicy

/// One source as tracked by the notifier: its active alerts at the last good read, and its state since then.
package struct SourceWatch: Sendable {
  package private(set) var source: ConfiguredSource
  /// How often it is polled.
  package let every: Duration
  package private(set) var active: ActiveSet
  package private(set) var lastGood: Instant?
  /// When it was last read, however old its data was.
  package private(set) var lastRead: Instant?
  /// The reason why it is unreadable; nil while it is readable.
  package private(set) var trouble: String?
  package private(set) var troubleSince: Instant?
  private var nextPoll: Instant
  private var start: Instant
  private var silence: SourceSilence

  package init(
    _ source: ConfiguredSource,
    every: Duration,
    active: ActiveSet,
    from start: Instant,
    silence: SourceSilence? = nil
  ) {
    self.source = source
    self.every = every
    self.active = active
    self.nextPoll = start
    self.start = start
    self.silence = silence ?? SourceSilence(source.name, limit: nil, isRaised: false)
  }

  /// Whether it is due; also if its time is further away than possible, because the clock was set back.
  package func isDue(at now: Instant) -> Bool { nextPoll <= now || nextPoll - now > every }
  package var due: Instant { nextPoll }

  /// A poll of a source: the source after it, and what it said.
  package struct Poll: Sendable {
    fileprivate var source: ConfiguredSource
    package let observation: Observation
  }

  /// Polls the source, without changing this value.
  package func poll(_ context: PollContext) async -> Poll {
    var source = source
    let observation = await source.poll(context)
    return Poll(source: source, observation: observation)
  }

  /// Shifts times by a step of the clock: the remaining wait and the age of the data stay the same.
  package mutating func follow(_ step: ClockStep) {
    nextPoll = step.end(nextPoll, longest: every)
    lastGood = lastGood.map(step.moment)
    lastRead = lastRead.map(step.moment)
    troubleSince = troubleSince.map(step.moment)
    start = step.moment(start)
  }

  /// The consequences of an observation.
  package struct Change: Sendable {
    package var events: [Event] = []
    /// The remarks for the operator: findings in the data, a new failure, a recovery.
    package var remarks: [String] = []
  }

  /// Processes a poll.
  ///
  /// A failed one ends nothing: known alerts stay active.
  package mutating func take(_ poll: Poll, at now: Instant) -> Change {
    source = poll.source
    let observation = poll.observation
    // The rhythm is kept: a late read does not move the next ones, unless it was late by more than a period.
    nextPoll = max(min(nextPoll, now) + every, now)
    var change = Change()
    switch observation.outcome {
    case .failed(let reason):
      fail(&change, reason, at: now)
    case .partial(let alerts, let reason):
      // Missing alerts may be in the unreadable part: nothing has ended.
      change.events = active.observe(alerts, isComplete: false)
      fail(&change, reason, at: now)
    case .unchanged:
      recover(&change, at: now, writtenAt: observation.writtenAt)
    case .changes(let alerts, let ids):
      recover(&change, at: now, writtenAt: observation.writtenAt)
      change.events = active.observe(alerts, isComplete: false) + active.end(ids)
    case .alerts(let snapshot):
      recover(&change, at: now, writtenAt: observation.writtenAt)
      change.events = active.observe(snapshot.alerts, isComplete: snapshot.isComplete)
      change.remarks += snapshot.findings.map(\.text)
      if snapshot.unlistedFindings > 0 {
        change.remarks.append("source \(source.name): \(snapshot.unlistedFindings) more findings are not shown")
      }
      if !snapshot.isComplete {
        change.remarks.append(
          "source \(source.name) was only partly readable, so none of its alerts are resolved"
        )
      }
    }
    let since = lastGood ?? start
    if let event = silence.judge(since: since, trouble: trouble, active: active.count, every: every, at: now) {
      change.events.append(event)
    }
    return change
  }

  private mutating func recover(_ change: inout Change, at now: Instant, writtenAt: Instant?) {
    if trouble != nil { change.remarks.append("source \(source.name) can be read again") }
    trouble = nil
    troubleSince = nil
    // The age of the data counts only if the operator limits it.
    lastGood = source.stale == nil ? now : writtenAt ?? now
    lastRead = now
  }

  private mutating func fail(_ change: inout Change, _ reason: String, at now: Instant) {
    if trouble != reason { change.remarks.append(failure(reason, at: now)) }
    trouble = reason
    troubleSince = troubleSince ?? now
  }

  private func failure(_ reason: String, at now: Instant) -> String {
    let age = lastGood.map { "from \((now - $0).text) ago" } ?? "from before the start"
    let kept =
      switch active.count {
      case 0: "it has no active alerts"
      case 1: "its 1 alert \(age) stays active"
      default: "its \(active.count) alerts \(age) stay active"
      }
    return "source \(source.name) cannot be read: \(reason); \(kept)"
  }
}
