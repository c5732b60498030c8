// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import Tracing

/// A policy whose decisions are spans; it decides within the ledger's transaction, on the ledger's thread.
struct ObservedPolicy: PolicyDeciding {
  let policy: any PolicyDeciding
  let tracer: any Tracer
  /// The span that the transaction belongs to.
  let context: InstrumentationContext

  func standingTimers(at now: Instant) -> [TimerKey: Instant] { policy.standingTimers(at: now) }

  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    let span = tracer.startSpan("decide", context: context)
    defer { span.end() }
    let outcome = policy.decide(events, state: &state, at: now)
    span.attributes["belfry.events"] = events.count
    note(outcome, on: span)
    return outcome
  }

  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    let span = tracer.startSpan("decide", context: context)
    defer { span.end() }
    let outcome = policy.fire(firings, state: &state, at: now)
    span.attributes["belfry.timers"] = firings.count
    note(outcome, on: span)
    return outcome
  }

  private func note(_ outcome: PolicyOutcome, on span: any Span) {
    span.attributes["belfry.decisions"] = outcome.decisions.count
    span.attributes["belfry.deliveries"] = outcome.deliveries.count
  }
}
