// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryAudit
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy

/// The actions of the cockpit's buttons, each audited with the caller's name.
struct CockpitActions: Sendable {
  let server: ServerContext
  let caller: Caller

  /// The length of a silence made with a button.
  private static let silence = Duration.seconds(3600)

  private var actor: Operator { caller.operator(.cockpit) }

  func send(_ action: String, _ form: Query) async throws(Refusal) {
    let id = form.all("id").last ?? ""
    switch action {
    case "ack": _ = try await server.perform(Acknowledge(.key(key(id, form))), by: actor)
    case "unack": _ = try await server.perform(Unacknowledge(.key(key(id, form))), by: actor)
    case "silence":
      _ = try await server.perform(AddSilence(silence(try await alert(key(id, form)))), by: actor)
    case "silence-these":
      _ = try await server.perform(
        AddSilence(
          try SilenceForm(form, server.configuration.rules.severities).silence(by: caller.name, at: server.now)
        ),
        by: actor
      )
    case "unsilence": _ = try await server.perform(EndSilence(id), by: actor)
    case "retry": _ = try await server.perform(DeadLetterAction(.retry, .ids([id])), by: actor)
    case "drop": _ = try await server.perform(DeadLetterAction(.drop, .ids([id])), by: actor)
    default: throw Refusal(.notFound, "Unknown action: \(action).")
    }
  }

  private func key(_ id: String, _ form: Query) -> AlertKey {
    AlertKey(source: SourceName(form.all("source").last ?? ""), id: id)
  }

  private func alert(_ key: AlertKey) async throws(Refusal) -> Alert {
    guard let record = try await server.ask({ try await server.ledger.record(of: key) }), record.isActive else {
      throw Refusal(.notFound, "The alert \(key) is not active.")
    }
    return record.alert
  }

  /// Silences the alerts of one source that are of the same category.
  private func silence(_ alert: Alert) -> Silence {
    var matcher = Matcher()
    matcher.source = SilenceForm.exactly(alert.source.name)
    matcher.category = SilenceForm.exactly(alert.category)
    return Silence(
      id: SilenceID(""),
      matcher: matcher,
      from: server.now,
      until: server.now + CockpitActions.silence,
      author: caller.name,
      comment: "from the cockpit"
    )
  }
}
