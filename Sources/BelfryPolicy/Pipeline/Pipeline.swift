// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The steps that every event and every due timer takes, in the order that docs/policy.md draws.
///
/// 1. note: what happened is written into the alert's record, and counted where it mutes others.
/// 2. evaluate: what each channel knows about the alert is compared with its state now.
/// 3. mute and throttle: each kind of rule, in the order of `RuleKinds`, may hold the news.
/// 4. burst: many alerts at once become one summary.
/// 5. deliver: what is left becomes messages, unless a rule limits their number.
///
/// All events of a round are noted before the first alert is evaluated, so that each is judged by all of them.
struct Pipeline {
  private var run: PolicyRun
  private let note: NoteStep
  private let evaluate: EvaluateStep
  private var deliver = DeliverStep()
  private var pending: [Pending] = []

  /// Takes the state over until `finish` returns it, so that its dictionaries are changed in place and never copied.
  init(rules: PolicyRules, state: inout PolicyState, now: Instant) {
    run = PolicyRun(rules: rules, now: now, state: state)
    note = NoteStep(rules: rules)
    evaluate = EvaluateStep(rules: rules)
    state = PolicyState(ids: state.ids)
    run.state.beginRound()
  }

  /// Notes an event; `skipped` is how often the alert fired and resolved earlier in the same batch.
  mutating func take(_ event: Event, skipped: Int = 0) {
    if let one = note(event, skipped: skipped, in: &run) { pending.append(one) }
  }

  /// Notes that a timer is due, and evaluates its alerts: a later timer of the batch sees where they wait now.
  mutating func fire(_ firing: Firing) {
    pending += note(firing, in: &run)
    evaluatePending()
  }

  /// Evaluates what was noted, and writes the messages.
  mutating func finish(_ state: inout PolicyState) -> PolicyOutcome {
    evaluatePending()
    deliver(in: &run)
    run.setAlertTimers()
    state = run.state
    return run.outcome
  }

  private mutating func evaluatePending() {
    for pending in pending {
      guard let record = run.state[alert: pending.key] else { continue }
      let routes = run.rules.table.resolve(record.alert, memo: &run.memo)
      var evaluation = Evaluation(record, pending, on: routes)
      if record.isActive { evaluateFiring(&evaluation) } else { evaluateResolved(&evaluation) }
      run.move(evaluation)
    }
    pending = []
  }

  private mutating func evaluateFiring(_ evaluation: inout Evaluation) {
    if evaluation.routes.allSatisfy(\.drops) { return run.dropUnrouted(evaluation) }
    for route in evaluation.routes where !route.drops {
      if let candidate = evaluate.candidate(evaluation, on: route) {
        hold(candidate, of: &evaluation)
      } else if evaluation.endedWait == nil {
        run.decide(&evaluation, .suppress, .alreadyNotified, route.rule)
      }
    }
    guard !evaluation.isDecided, evaluation.waits.isEmpty, let ended = evaluation.endedWait else { return }
    run.decide(&evaluation, .suppress, .alreadyNotified, run.rule(of: ended, evaluation))
  }

  private mutating func evaluateResolved(_ evaluation: inout Evaluation) {
    // A digest also sends alerts that fired and resolved.
    evaluation.waits = evaluation.record.waits.filter { $0.hold.digest != nil }
    let candidates = evaluate.resolutions(evaluation)
    for candidate in candidates {
      if evaluation.record.isFlapping {
        run.decide(&evaluation, .suppress, .flapping, candidate.route.rule)
      } else {
        hold(candidate, of: &evaluation)
      }
    }
    run.forgetOthers(than: Set(candidates.flatMap(\.channels)), evaluation)
  }

  /// Asks each kind of rule whether it holds the candidate; what none holds is announced.
  private mutating func hold(_ candidate: Candidate, of evaluation: inout Evaluation) {
    var candidate = candidate
    for kind in RuleKinds.holds {
      kind.hold(&candidate, of: &evaluation, in: &run)
      if candidate.channels.isEmpty { return }
    }
    run.announce(candidate, of: &evaluation)
  }
}
