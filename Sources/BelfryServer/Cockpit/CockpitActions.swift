// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger

/// The actions of the cockpit's buttons, each audited with the caller's name.
struct CockpitActions: Sendable {
  let parts: ServerParts
  let caller: Caller

  /// The length of a silence made with a button.
  private static let silence = Duration.seconds(3600)

  func carryOut(_ action: String, _ form: Query) async throws(Refusal) {
    let id = form.all("id").last ?? ""
    switch action {
    case "ack":
      try await acknowledge(try await alert(id, form).key)
    case "silence":
      let silence = try await silence(try await alert(id, form))
      try await noted("silence.add", silence.id.text) { () async throws(Refusal) in
        try await parts.ingest([.silenced(silence)])
      }
    case "silence-these":
      let silence = try SilenceForm(form).silence(try await newID(), by: caller.name, at: parts.now)
      try await noted("silence.add", silence.id.text) { () async throws(Refusal) in
        try await parts.ingest([.silenced(silence)])
      }
    case "unsilence":
      guard try await parts.silences(includingOver: false).contains(where: { $0.id.text == id }) else {
        throw Refusal(.notFound, "There is no silence \(id) that is not over.")
      }
      try await noted("silence.end", id) { () async throws(Refusal) in
        try await parts.ingest([.unsilenced(SilenceID(id), by: caller.name)])
      }
    case "retry": try await mend(id, by: .retry, "dead.retry")
    case "drop": try await mend(id, by: .drop, "dead.drop")
    default: throw Refusal(.notFound, "The cockpit has no such button: \(action).")
    }
  }

  /// Acknowledges an alert in the caller's name; with `moment`, only if it has been active since then.
  func acknowledge(_ key: AlertKey, during moment: Instant? = nil) async throws(Refusal) {
    try await noted("ack", key.description) { () async throws(Refusal) in
      try await parts.ingest([.acknowledged(key, by: caller.name, comment: "", during: moment)])
    }
  }

  private func alert(_ id: String, _ form: Query) async throws(Refusal) -> Alert {
    let key = AlertKey(source: SourceName(form.all("source").last ?? ""), id: id)
    guard let record = try await parts.ask({ try await parts.ledger.record(of: key) }), record.isActive else {
      throw Refusal(.notFound, "The alert \(key) is not active.")
    }
    return record.alert
  }

  /// Silences the alerts of one source and category.
  private func silence(_ alert: Alert) async throws(Refusal) -> Silence {
    var matcher = Matcher()
    matcher.source = SilenceForm.exactly(alert.source.name)
    matcher.category = SilenceForm.exactly(alert.category)
    return Silence(
      id: try await newID(),
      matcher: matcher,
      from: parts.now,
      until: parts.now + CockpitActions.silence,
      author: caller.name,
      comment: "from the cockpit"
    )
  }

  private func newID() async throws(Refusal) -> SilenceID {
    let known = try await parts.silences(includingOver: true)
    var random = SystemRandomNumberGenerator()
    return .make(avoiding: Set(known.map(\.id)), using: &random)
  }

  private func mend(_ id: String, by remedy: DeadLetterRemedy, _ action: String) async throws(Refusal) {
    try await noted(action, id) { () async throws(Refusal) in
      let mended = try await parts.ask { try await parts.ledger.mend([DeliveryID(id)], by: remedy) }
      guard mended == [true] else { throw Refusal(.notFound, "There is no dead letter \(id).") }
      parts.bell.raise()
      parts.changes.raise()
    }
  }

  private func noted(_ action: String, _ subject: String, _ act: () async throws(Refusal) -> Void) async throws(Refusal)
  {
    do throws(Refusal) {
      try await act()
    } catch {
      parts.audit(caller, action, subject, error: error.message)
      throw error
    }
    parts.audit(caller, action, subject)
  }
}
