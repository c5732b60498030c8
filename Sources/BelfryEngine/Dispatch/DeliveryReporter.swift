// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
internal import BelfryLedger
internal import BelfryPolicy
package import BelfryTransport
internal import Tracing

/// Reports the results of attempts to the operator and the audit log, after they are committed.
package struct DeliveryReporter: Sendable {
  private let console: Console
  private let audit: AuditLog
  private let time: any TimeSource
  private let tally: Tally
  private let isDryRun: Bool
  private let limit = FailureLimit()
  let instruments: Instruments
  let changes: ChangeBroadcast

  /// Makes a reporter; in a dry run nothing is sent, and nobody is reported as notified.
  package init(
    console: Console,
    audit: AuditLog,
    time: any TimeSource,
    tally: Tally = Tally(),
    isDryRun: Bool = false,
    instruments: Instruments = Instruments(),
    changes: ChangeBroadcast = ChangeBroadcast()
  ) {
    self.changes = changes
    self.instruments = instruments
    self.isDryRun = isDryRun
    self.console = console
    self.audit = audit
    self.time = time
    self.tally = tally
  }

  func settled(_ attempts: [(attempt: Attempt, wasTaken: Bool)]) {
    var rows: [AuditRow] = []
    for (attempt, wasTaken) in attempts {
      var row = AuditRow(attempt, at: time.now())
      // What the ledger did not take it does not know as settled.
      if wasTaken, audit.hasLedger {
        row.attempt = DeliveryAttempt(delivery: attempt.leased.delivery.id, number: attempt.leased.attempt)
      }
      rows.append(row)
      tally.count(attempt, wasTaken)
      instruments.settled(attempt, wasTaken: wasTaken, at: time.now())
      // Results are written together for many attempts: each line belongs to its own attempt.
      InstrumentationContext.$current.withValue(attempt.trace) { say(attempt, wasTaken) }
    }
    audit.append(rows)
    changes.raise()
  }

  func circuit(
    _ change: Breaker.Change,
    of channel: ChannelName,
    for pause: Duration,
    because reason: Verdict.Reason?
  ) {
    switch change {
    case .opened:
      console.warn(
        "channel \(channel) is failing: \(reason?.clause ?? ""); next try in \(pause.text)",
        .topic(.channel),
        .channel(channel),
        .text(.reason, reason?.clause ?? "")
      )
    case .closed: console.say("channel \(channel) works again", .topic(.channel), .channel(channel))
    // The operator was not notified of its failures.
    case .recovered: break
    }
  }

  /// Reports that a delivery was forwarded without an attempt, and to which one.
  func forwarded(_ delivery: NewDelivery, to other: NewDelivery) {
    let reason = other.forwardings.last?.reason.clause ?? ""
    console.warn(
      "forwarded \(delivery.channel) \(delivery.content.subject) to \(other.channel): \(reason)",
      LogField.delivery(delivery),
      .text(.outcome, Instruments.Outcome.forwarded.rawValue),
      .text(.fallback, other.channel.name),
      .text(.reason, reason)
    )
    changes.raise()
  }

  func clockWasSet(by step: Duration) {
    let words = step < .zero ? "back by \((.zero - step).text)" : "forward by \(step.text)"
    console.warn("the system clock was set \(words); waiting alerts keep their due times", .topic(.program))
  }

  func ledgerFailed(_ error: any Error) {
    console.fail("ledger: \(error); retrying", within: limit, at: time.now(), .topic(.ledger), .error(error))
  }

  /// Reports that deliveries are due which the ledger does not lease.
  func stuck() {
    console.fail(
      "ledger: due deliveries cannot be read: the file is damaged; check it with `belfry audit verify`",
      within: limit,
      at: time.now(),
      .topic(.ledger)
    )
  }

  private func say(_ attempt: Attempt, _ wasTaken: Bool) {
    let text = line(attempt, wasTaken)
    func fields() -> [LogField] { LogField.attempt(attempt, wasTaken: wasTaken) }
    switch attempt.settlement.result {
    case .delivered(let receipt) where wasTaken && !receipt.hasWarning: console.say(text, fields())
    case .released, .postponed: console.say(text, fields())
    case .delivered, .partial, .retry, .forwarded: console.warn(text, fields())
    case .dead: console.fail(text, fields())
    }
  }

  /// `in 30s`, or `at once` if it is already due when the line is written.
  private func soon(_ moment: Instant) -> String {
    let wait = moment - time.now()
    return wait < .milliseconds(1) ? "at once" : "in \(wait.text)"
  }

  private func line(_ attempt: Attempt, _ wasTaken: Bool) -> String {
    let delivery = attempt.leased.delivery
    let subject = "\(delivery.channel) \(delivery.content.subject)"
    let text: String =
      switch attempt.settlement.result {
      case .delivered(let receipt):
        (isDryRun ? "would send" : "sent") + " \(subject)"
          + (attempt.leased.attempt == 1 ? "" : " on attempt \(attempt.leased.attempt)")
          + receipt.remarks.map { "; \($0)" }.joined()
      case .partial(_, let reason, let at):
        "partly sent \(subject)" + (at.map { ", the rest \(soon($0))" } ?? "")
          + ": \(reason) (attempt \(attempt.leased.attempt))"
      case .retry(let at, let reason, _):
        "retry \(subject) \(soon(at)): \(reason) (attempt \(attempt.leased.attempt))"
      case .dead(let reason): "DEAD LETTER \(subject): \(reason)"
      case .forwarded(let successor, let reason, _): "forwarded \(subject) to \(successor.channel): \(reason.clause)"
      case .released: "returned to the queue: \(subject)"
      case .postponed(let until): "not attempted, next \(soon(until)): \(subject)"
      }
    return wasTaken ? text : text + "; the lease had expired, so it may have been sent twice"
  }
}

extension Notice.Content {
  /// Its subject, in a few words.
  package var subject: String {
    switch self {
    case .alert(let alert): "\(alert.severity) \(alert.key) “\(alert.title)”"
    case .resolved(let alert): "resolved \(alert.key) “\(alert.title)”"
    case .test(let alert): "test \(alert.severity) “\(alert.title)”"
    case .burst(let alerts): "burst of \(counted(alerts.count, "alert"))"
    case .digest(let name, let alerts): "digest \(name) of \(counted(alerts.count, "alert"))"
    case .flapping(let alert): "flapping \(alert.key) “\(alert.title)”"
    case .group(let name, let alerts, _, _):
      "group \(name.isEmpty ? "" : name + " ")of \(counted(alerts.count, "alert"))"
    case .reminder(let alerts): "reminder of \(counted(alerts.count, "alert"))"
    case .followup(let alerts, _): "follow-up on \(counted(alerts.count, "alert"))"
    }
  }
}
