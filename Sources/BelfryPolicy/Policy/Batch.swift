// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// One batch on its way through the stages: the state as it changes, what is to be told, and what is to be written.
///
/// First every event is noted in its alert's record and in what it mutes; only then is each alert placed, so that what comes
/// in one batch is judged by all of it.
struct Batch {
  let rules: PolicyRules
  let now: Instant
  var state: PolicyState
  var outcome = PolicyOutcome()
  var memo = MatchMemo()
  /// Windows are judged as they were when the batch began: what begins together does not hold back its like.
  let before: [ListKey: Entry]
  var tellings: [Telling] = []
  /// Which alerts this batch told on which channels, so that no route tells one there again.
  var sent: Set<Reach> = []
  /// The holds that this batch lets go of.
  var released: [ListKey: Release] = [:]
  /// Which holds took over from which what had come and gone.
  var carried: Set<Carry> = []
  /// Alerts to be placed, in order.
  private var unplaced: [Pending] = []

  struct Reach: Hashable {
    let alert: AlertKey
    let channel: ChannelName
  }

  /// That what waited in one hold waits in another now, for one channel where that keeps count by channel.
  struct Carry: Hashable {
    let from: ListKey
    let to: ListKey
    var on: ChannelName?
  }

  /// What is known of a hold that has let go of alerts.
  struct Release {
    /// How many alerts came and went while it lasted.
    var ended = 0
    /// The same for each channel for which it let go, where it keeps count by channel.
    var endedByChannel: [ChannelName: Int] = [:]
    /// When it was due, where it is late and says so.
    var due: Instant?

    func ended(on channel: ChannelName) -> Int { endedByChannel[channel] ?? ended }
  }

  /// An alert to be placed, and why.
  struct Pending {
    let key: AlertKey
    let trigger: Decision.Cause.Trigger
    /// The wait that ends; nil when something happened to the alert itself.
    var wait: Wait?
  }

  /// How long an alert from the command line is active when nobody says again that it is, or that it ended.
  static let commandLifetime = Duration.seconds(86_400)

  var cooldown: CooldownStage { CooldownStage(rules: rules) }
  var flapping: FlappingStage { FlappingStage(rule: rules.flapping) }

  /// Takes the state over until `finish` gives it back, so that its dictionaries are changed in place and never copied.
  init(rules: PolicyRules, state: inout PolicyState, now: Instant) {
    self.rules = rules
    self.now = now
    self.before = state.entries
    self.state = state
    state = PolicyState(ids: state.ids)
  }

  /// Notes an event; `evaluate` then finds what follows from it.
  ///
  /// `skipped` is how often the alert began and ended before, within the batch.
  mutating func take(_ event: Event, skipped: Int = 0) {
    switch event {
    case .fired(let alert): begin(alert, skipped: skipped)
    case .changed(let alert): change(alert)
    case .pushed(let alert, let until): begin(alert, skipped: skipped, until: until)
    case .resolved(let key): end(key, .resolved)
    case .acknowledged(let key, let by, let comment, let moment): acknowledge(key, by: by, comment, during: moment)
    case .unacknowledged(let key, let by): unacknowledge(key, by: by)
    case .silenced(let silence): silenced(silence)
    case .unsilenced(let id, let by): unsilenced(id, by)
    }
  }

  mutating func place(_ key: AlertKey, _ trigger: Decision.Cause.Trigger, ending wait: Wait? = nil) {
    unplaced.append(Pending(key: key, trigger: trigger, wait: wait))
  }

  /// Finds what follows from all that was noted so far.
  mutating func evaluate() {
    for pending in unplaced { evaluate(pending) }
    unplaced = []
  }

  /// Ends the batch: every alert is placed, and what is to be told becomes deliveries.
  mutating func finish(_ state: inout PolicyState) -> PolicyOutcome {
    evaluate()
    deliver()
    countAnew()
    setAlertTimers()
    state = self.state
    return outcome
  }

  /// How often an alert fired is counted from here again, now that every channel of it was told.
  private mutating func countAnew() {
    for alert in outcome.deliveries.flatMap(\.content.alerts) where state[alert: alert.key]?.firings != 0 {
      state.update(alert.key) { $0.firings = 0 }
    }
  }

  mutating func decide(
    _ alert: Alert,
    _ outcome: Decision.Outcome,
    _ cause: Decision.Cause,
    _ rule: Rule,
    by deliveries: [DeliveryID] = []
  ) {
    self.outcome.decisions.append(
      Decision(
        alert: alert.key,
        severity: alert.severity,
        outcome: outcome,
        cause: cause,
        rule: rule,
        deliveries: deliveries
      )
    )
  }
}
