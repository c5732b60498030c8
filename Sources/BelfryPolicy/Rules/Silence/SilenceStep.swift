// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Mutes the alerts that match a silence until it ends.
struct SilenceHold: Hold {
  typealias State = MuteState
  static let name = "silence"
  static let isMute = true

  let key: ExactText
  init(key: ExactText) { self.key = key }
  init(_ id: SilenceID) { self.key = ExactText(id.text) }

  var silence: SilenceID { SilenceID(key.text) }

  static func hold(_ candidate: inout Candidate, of evaluation: inout Evaluation, in run: inout PolicyRun) {
    run.apply(muting(evaluation.alert, in: &run), to: &candidate, of: &evaluation)
  }

  static func muting(_ alert: Alert, in run: inout PolicyRun) -> Muting? {
    guard let (silence, until) = run.silence(muting: alert) else { return nil }
    let holding = Holding(
      hold: SilenceHold(silence.id).id,
      detail: silence.shown,
      until: until,
      rule: .silence(silence.id)
    )
    return silence.sendsAfterwards ? .hold(holding) : .drop(holding, by: silence.id)
  }

  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? { .silence(silence) }
  func pauses(_ check: AlertCheck) -> Bool { true }

  func close(waiting: Int, in run: inout PolicyRun) -> Int {
    let inForce = run.state.silences.first { $0.id == silence }
    guard let end = inForce?.end(at: run.now) else { return takeCount(in: &run) }
    // It counts until it ends, even if nothing waits in it until then.
    if run.state[self] != nil { run.outcome.timers[.list(id)] = .some(end) }
    return 0
  }
}

extension HoldID {
  package static func silence(_ id: SilenceID) -> HoldID { HoldID(SilenceHold(id)) }
  package var silence: SilenceID? { self.as(SilenceHold.self)?.silence }
}

extension Silence {
  /// Starts the silence, or changes one with the same ID.
  func begin(in run: inout PolicyRun) {
    let isKnown = run.state.silences.contains { $0.id == id }
    run.changeSilences { silences in
      silences.removeAll { $0.id == id }
      silences.append(self)
    }
    run.outcome.silences.append(self)
    // The alerts that it no longer mutes, or until another time, are evaluated again.
    if isKnown { run.outcome.timers[.list(.silence(id))] = .some(run.now) }
  }
}

extension SilenceID {
  /// Ends the silence early: the alerts that it held are evaluated.
  func end(by: String, in run: inout PolicyRun) {
    guard let index = run.state.silences.firstIndex(where: { $0.id == self && $0.endedAt == nil }) else { return }
    var silence = run.state.silences[index]
    run.changeSilences { $0.remove(at: index) }
    silence.endedAt = run.now
    silence.endedBy = by
    run.outcome.silences.append(silence)
    run.outcome.timers[.list(.silence(self))] = .some(run.now)
  }
}
