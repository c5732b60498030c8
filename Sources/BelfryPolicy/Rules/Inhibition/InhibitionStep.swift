// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Mutes alerts while others are active; it ends when the last of those resolves.
struct InhibitionHold: Hold {
  typealias State = InhibitionState
  static let name = "inhibition"
  static let isMute = true

  let key: ExactText
  init(key: ExactText) { self.key = key }
  init(_ key: GroupKey) { self.key = key.exact }

  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun) {
    run.apply(muting(evaluation.alert, in: &run), to: &candidate, of: &evaluation)
  }

  static func muting(_ alert: Alert, in run: inout PolicyRun) -> Muting? {
    for (key, rule) in run.rules.inhibitions(muting: alert, memo: &run.memo) {
      let hold = InhibitionHold(key)
      guard let state = run.state[hold], state.count > 0 else { continue }
      return .hold(Holding(hold: hold.id, detail: rule.when.text, until: nil, rule: rule.rule))
    }
    return nil
  }

  static func countsWithinRun(_ rules: PolicyRules) -> Bool { !rules.inhibitions.isEmpty }

  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? {
    rules.inhibitions.first { $0.key(for: alert).exact == key }?.rule
  }

  func pauses(_ check: AlertCheck) -> Bool { true }

  func countEnded(_ count: Int, for channels: [ChannelName], in run: inout PolicyRun) {
    guard var state = run.state[self] else { return }
    state.ended += count
    run.state.set(state, for: self)
  }

  func close(waiting: Int, in run: inout PolicyRun) -> Int {
    // While it still mutes, it continues to count, even if someone fires its timer.
    guard let state = run.state[self], state.count == 0 else { return 0 }
    run.state.set(nil, for: self)
    return state.ended
  }

  func due(_ due: Instant, after step: ClockStep, _ longest: LongestWaits) -> Instant { min(due, step.now) }

  // MARK: What mutes others

  /// Counts the alert in the inhibitions by which it mutes others now, and no longer in those by which it does not.
  static func count(_ record: AlertRecord, in run: inout PolicyRun) {
    guard !run.rules.inhibitions.isEmpty || !record.inhibits.isEmpty else { return }
    let keys = record.isActive ? run.rules.inhibitions(by: record.alert, memo: &run.memo) : []
    guard keys != record.inhibits else { return }
    for gone in record.inhibits where !keys.contains(gone) { InhibitionHold(gone).count(-1, in: &run) }
    for new in keys where !record.inhibits.contains(new) { InhibitionHold(new).count(1, in: &run) }
    run.state.update(record.alert.key) { $0.inhibits = keys }
  }

  /// It ends when the count reaches 0.
  private func count(_ change: Int, in run: inout PolicyRun) {
    var state = run.state[self] ?? InhibitionState()
    state.count = max(0, state.count + change)
    run.state.set(state, for: self)
    if state.count == 0 { run.outcome.timers[.list(id)] = .some(run.now) }
  }
}

extension HoldID {
  package static func inhibition(_ key: GroupKey) -> HoldID { HoldID(InhibitionHold(key)) }
  package var inhibition: GroupKey? { self.as(InhibitionHold.self).map { GroupKey($0.key) } }
}
