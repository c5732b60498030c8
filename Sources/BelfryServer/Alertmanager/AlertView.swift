// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryPolicy

/// An active alert in the form that Alertmanager's clients expect.
struct AlertView: Sendable {
  let record: AlertRecord
  let labels: Labels
  /// The active silences that match it.
  let silencedBy: [SilenceID]
  /// The fingerprints of the active alerts that mute it.
  let inhibitedBy: [String]
  /// The channels of its routes.
  let receivers: [ChannelName]

  var isSilenced: Bool { !silencedBy.isEmpty }
  var isInhibited: Bool { !inhibitedBy.isEmpty }

  /// Writes it as an element of `GET /api/v2/alerts`; `horizon` is the end of an alert that states none.
  func encode(into writer: inout JSONWriter, horizon: Instant) {
    let alert = record.alert
    writer.object { writer in
      writer.key("annotations")
      writer.object { for annotation in annotations { $0.member(annotation.name, annotation.value) } }
      writer.member("endsAt", (record.expiry?.at ?? horizon).iso8601)
      writer.member("fingerprint", alert.fingerprint)
      writer.key("receivers")
      writer.array(receivers) { writer, name in writer.object { $0.member("name", name.name) } }
      writer.member("startsAt", (Instant(iso8601: alert.firstSeen) ?? record.firedAt).iso8601)
      writer.key("status")
      writer.object { writer in
        writer.member("inhibitedBy", inhibitedBy)
        writer.member("silencedBy", silencedBy.map(\.text))
        writer.member("state", isSilenced || isInhibited ? "suppressed" : "active")
      }
      writer.member("updatedAt", record.firedAt.iso8601)
      let generator = alert.sourceLink.isEmpty ? alert.link : alert.sourceLink
      if generator.hasPrefix("http") { writer.member("generatorURL", generator) }
      writer.key("labels")
      writer.object { for label in labels { $0.member(label.name, label.value) } }
    }
  }

  /// The alert's annotations; its title and text have the names that Alertmanager's clients know.
  private var annotations: Labels {
    let alert = record.alert
    var annotations = alert.annotations
    if annotations["summary"] == nil, !alert.title.isEmpty { annotations["summary"] = alert.title }
    if annotations["description"] == nil, !alert.detail.isEmpty { annotations["description"] = alert.detail }
    return annotations
  }
}

/// Makes views of alerts at one moment, with the rules and silences of that moment.
struct AlertViewing: Sendable {
  let rules: PolicyRules
  let silences: [Silence]
  let inhibiting: InhibitingAlerts
  var memo = MatchMemo()

  init(rules: PolicyRules, silences: [Silence], inhibiting: InhibitingAlerts, now: Instant) {
    self.rules = rules
    self.silences = silences.filter { $0.end(at: now) != nil }
    self.inhibiting = inhibiting
  }

  mutating func view(of record: AlertRecord) -> AlertView {
    var silencing: [SilenceID] = []
    for silence in silences where silence.matches(record.alert, memo: &memo) { silencing.append(silence.id) }
    var inhibitedBy: [String] = []
    for (key, _) in rules.inhibitions(muting: record.alert, memo: &memo) {
      guard let name = inhibiting[key]?.fingerprint, !inhibitedBy.contains(name) else { continue }
      inhibitedBy.append(name)
    }
    return AlertView(
      record: record,
      labels: record.alert.labelled,
      silencedBy: silencing,
      inhibitedBy: inhibitedBy,
      receivers: receivers(of: routes(for: record))
    )
  }

  mutating func routes(for record: AlertRecord) -> [Route] { rules.table.resolve(record.alert, memo: &memo) }

  private func receivers(of routes: [Route]) -> [ChannelName] {
    var seen: Set<ChannelName> = []
    return routes.flatMap { rules.reach(of: $0) }.filter { seen.insert($0).inserted }
  }
}
