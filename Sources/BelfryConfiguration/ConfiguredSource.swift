// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A source and its common settings in `channels.json`.
package struct ConfiguredSource: Sendable {
  package var name: SourceName
  package var kind: SourceKind
  /// The source, with what it has changed in itself at its polls.
  package private(set) var source: any AlertSource
  package var common: CommonSourceSettings
  /// The severities of the file, in which its alerts are ranked.
  package var severities: SeverityScale
  package var line: Int
  /// Masks the source's secrets in everything that it says.
  package var redaction: Redaction

  package init(
    name: SourceName,
    source: any AlertSource,
    common: CommonSourceSettings = CommonSourceSettings(),
    severities: SeverityScale = .standard,
    line: Int = 0,
    redaction: Redaction = Redaction()
  ) {
    self.name = name
    kind = type(of: source).kind
    self.source = source
    self.common = common
    self.severities = severities
    self.line = line
    self.redaction = redaction
  }

  /// What it monitors, for people.
  package var subject: String { source.subject }

  /// How often it is polled, if the file's interval is `interval`.
  package func every(_ interval: Duration) -> Duration { common.every?.duration ?? interval }

  /// How long it may fail to be read before that raises an alert; nil for three times its period.
  package var stale: Duration? { common.stale?.duration }

  /// Polls the source.
  ///
  /// All alerts that it reports are its own, within the limits, with the labels that the file gives them, and ranked in the
  /// severities of the file; its secrets are masked.
  package mutating func poll(_ context: PollContext) async -> Observation {
    var observation = await source.poll(context)
    observation.admitAlerts { snapshot in
      snapshot.attribute(to: name, at: context.now)
      snapshot.transform(by: common.transform, severities)
      if !severities.isStandard { snapshot.rank(by: severities, of: name) }
    }
    observation.investigations = observation.investigations.map { request in
      var request = request
      request.alert.source = name
      request.alert.labels = common.transform.labels(request.alert.labels)
      request.alert = request.alert.ranked(by: severities)
      return request
    }
    return redaction.isEmpty ? observation : observation.redacted(by: redaction)
  }
}

/// The keys that every source accepts, whatever its kind.
package struct CommonSourceSettings: FieldContainer {
  package var kind = ""
  package var every: Period?
  package var stale: Period?
  package var transform = AlertTransform()
  package var note = ""

  package init() {}

  package static let fields: [Field<CommonSourceSettings>] =
    ownFields + AlertTransform.fields.map { $0.moved(to: \.transform) } + [
      .optional("note", \.note, "Free text, shown beside the source.", otherwise: "none")
    ]

  private static let ownFields: [Field<CommonSourceSettings>] = [
    .required("kind", \.kind, "The kind of source.", example: "file"),
    .optional("every", \.every, "How often it is polled.", otherwise: "every `interval`"),
    .optional(
      "stale",
      \.stale,
      "How long it may be unreadable, or how old its data may become, before Belfry raises an alert about it.",
      otherwise: "three times its period; the age of the data is ignored"
    ),
  ]
  package static let names = fields.map(\.name)
}

// MARK: - Observations

extension Observation {
  /// Changes the alerts, whatever the source says of the others.
  fileprivate mutating func admitAlerts(_ change: (inout AlertSnapshot) -> Void) {
    func changed(_ alerts: [Alert]) -> [Alert] {
      var snapshot = AlertSnapshot(alerts: alerts)
      change(&snapshot)
      return snapshot.alerts
    }
    switch outcome {
    case .alerts(var snapshot):
      change(&snapshot)
      outcome = .alerts(snapshot)
    case .changes(let alerts, let ids): outcome = .changes(changed(alerts), resolved: ids)
    case .partial(let alerts, let reason): outcome = .partial(changed(alerts), reason)
    case .unchanged, .failed: break
    }
  }

  fileprivate func redacted(by redaction: Redaction) -> Observation {
    var observation = self
    observation.investigations = investigations.map { request in
      InvestigationRequest(request.alert.redacted(by: redaction), details: request.details.mapValues(redaction.masked))
    }
    switch outcome {
    case .unchanged: break
    case .failed(let reason): observation.outcome = .failed(redaction.masked(reason))
    case .changes(let alerts, let ids):
      observation.outcome = .changes(alerts.map { $0.redacted(by: redaction) }, resolved: ids.map(redaction.masked))
    case .partial(let alerts, let reason):
      observation.outcome = .partial(alerts.map { $0.redacted(by: redaction) }, redaction.masked(reason))
    case .alerts(var snapshot):
      snapshot.alerts = snapshot.alerts.map { $0.redacted(by: redaction) }
      snapshot.findings = snapshot.findings.map { $0.redacted(by: redaction) }
      observation.outcome = .alerts(snapshot)
    }
    return observation
  }
}

extension Alert {
  fileprivate func redacted(by redaction: Redaction) -> Alert {
    var alert = redaction.masked(self, at: \.id, \.category, \.title, \.detail, \.panel)
    // A link with a mask in it does not work.
    if redaction.masked(link) != link { alert.link = "" }
    if redaction.masked(sourceLink) != sourceLink { alert.sourceLink = "" }
    alert.labels = redaction.masked(labels)
    alert.annotations = redaction.masked(annotations)
    for name in AlertLinks.annotations where alert.annotations[name] != annotations[name] {
      alert.annotations[name] = nil
    }
    return alert
  }
}

extension Finding {
  fileprivate func redacted(by redaction: Redaction) -> Finding {
    redaction.masked(self, at: \.file, \.path, \.message, \.remedy)
  }
}

extension Redaction {
  /// The value with secrets masked in these texts.
  fileprivate func masked<Value>(_ value: Value, at texts: WritableKeyPath<Value, String>...) -> Value {
    texts.reduce(into: value) { value, text in value[keyPath: text] = masked(value[keyPath: text]) }
  }
}
