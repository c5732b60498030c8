// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger
internal import BelfryPolicy
internal import Logging

/// A structured field of a log line, for programs that read it.
package struct LogField: Sendable {
  /// The field's name; docs/operators-runbook.md explains each.
  package enum Name: String, Sendable, CaseIterable {
    case topic
    case alert
    case alerts
    case alertCount = "alert_count"
    case severity
    case source
    case channel
    case channels
    case fallback
    case kind
    case delivery
    case attempt
    case outcome
    case rule
    case route
    case reason
    case until
    case error
    case caller
    case action
    case subject
    case method
    case path
    case address
    case version
    case cause
    case active
    case new
    case resolved
    case delivered
    case pending
    case dead
    case lost
    case file
    case line
    case count
  }

  /// The area that a line belongs to.
  package enum Topic: String, Sendable, CaseIterable {
    case program
    case cycle
    case decision
    case delivery
    case channel
    case source
    case ledger
    case audit
    case configuration
    case server
    case wake
    case pulse
    case tracing
    case log
  }

  let name: Name
  let value: Logger.MetadataValue

  /// A text.
  package static func text(_ name: Name, _ text: String) -> LogField { LogField(name: name, value: .string(text)) }

  /// A number.
  package static func number(_ name: Name, _ number: Int) -> LogField {
    LogField(name: name, value: .stringConvertible(number))
  }

  /// A list of texts.
  package static func list(_ name: Name, _ texts: [String]) -> LogField {
    LogField(name: name, value: .array(texts.map { .string($0) }))
  }

  /// The most alerts listed for a message; further ones are counted.
  static let listedAlerts = 20
}

extension LogField {
  package static func topic(_ topic: Topic) -> LogField { text(.topic, topic.rawValue) }
  package static func channel(_ channel: ChannelName) -> LogField { text(.channel, channel.name) }
  package static func source(_ source: SourceName) -> LogField { text(.source, source.name) }
  package static func error(_ error: any Error) -> LogField { text(.error, "\(error)") }
  package static func reason(_ reason: Verdict.Reason) -> LogField { text(.reason, reason.clause) }
  package static func until(_ moment: Instant) -> LogField { text(.until, moment.iso8601) }

  /// The fields of a delivery: its ID, channel and alerts.
  static func delivery(_ delivery: NewDelivery) -> [LogField] {
    let alerts = delivery.content.alerts
    return [
      topic(.delivery), text(.delivery, delivery.id.text), channel(delivery.channel),
      text(.severity, "\(delivery.severity)"), text(.route, delivery.route), number(.alertCount, alerts.count),
      list(.alerts, alerts.prefix(listedAlerts).map { "\($0.key)" }),
    ]
  }

  /// The fields of a decision: its alert, result and rule.
  static func decision(_ decision: Decision) -> [LogField] {
    var fields: [LogField] = [
      topic(.decision), text(.alert, "\(decision.alert)"), source(decision.alert.source),
      text(.severity, "\(decision.severity)"), text(.outcome, decision.outcome.name), text(.reason, decision.reason),
      text(.rule, decision.rule.path),
    ]
    // Line 0 means that the rule is in no file.
    if decision.rule.line > 0 { fields.append(number(.line, decision.rule.line)) }
    switch decision.outcome {
    case .notify(let channels): fields.append(list(.channels, channels.map(\.name)))
    case .hold(let until?): fields.append(self.until(until))
    case .hold(nil), .suppress: break
    }
    return fields
  }

  /// The fields of a delivery attempt: its number, result and reason.
  static func attempt(_ attempt: Attempt, wasTaken: Bool) -> [LogField] {
    var fields = delivery(attempt.leased.delivery)
    fields.append(number(.attempt, attempt.leased.attempt))
    if let outcome = attempt.outcome(wasTaken: wasTaken) { fields.append(text(.outcome, outcome.rawValue)) }
    switch attempt.settlement.result {
    case .delivered, .released, .postponed: break
    case .partial(_, let reason, let next):
      fields.append(self.reason(reason))
      if let next { fields.append(until(next)) }
    case .retry(let next, let reason, _): fields += [self.reason(reason), until(next)]
    case .dead(let reason): fields.append(self.reason(reason))
    case .forwarded(let successor, let reason, _):
      fields += [self.reason(reason), text(.fallback, successor.channel.name)]
    }
    return fields
  }

  /// The fields of a reading of the sources.
  static func cycle(_ report: CycleReport) -> [LogField] {
    [
      topic(.cycle), number(.active, report.active), number(.new, report.newlyFiring),
      number(.resolved, report.newlyResolved),
    ]
  }
}
