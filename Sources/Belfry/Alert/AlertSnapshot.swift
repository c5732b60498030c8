// SPDX-License-Identifier: Apache-2.0

/// The active alerts of a source, as far as they could be read.
public struct AlertSnapshot: Sendable {
  /// The alerts, each ID once, in the order of the text.
  public var alerts: [Alert] {
    didSet {
      isWithinLimits = false
      origins = []
    }
  }
  /// What is wrong with the data, in its order, up to a limit.
  public var findings: [Finding]
  /// The number of findings beyond those listed.
  public var unlistedFindings: Int
  /// Whether it includes all active alerts: only then does a missing alert count as resolved.
  public var isComplete: Bool
  /// Whether ``AlertDecoding`` has read it, which keeps the limits.
  private var isWithinLimits = false
  /// Where the ids of `alerts` come from; empty if they were given.
  private var origins: [AlertOrigin] = []

  /// Creates a snapshot; by default it is complete, and nothing is wrong with it.
  public init(alerts: [Alert], findings: [Finding] = [], unlistedFindings: Int = 0, isComplete: Bool = true) {
    self.alerts = alerts
    self.findings = findings
    self.unlistedFindings = unlistedFindings
    self.isComplete = isComplete
  }

  /// Creates a snapshot of alerts that were held to the limits when they were read.
  init(
    read alerts: [Alert],
    from origins: [AlertOrigin],
    findings: [Finding],
    unlistedFindings: Int,
    isComplete: Bool
  ) {
    self.init(alerts: alerts, findings: findings, unlistedFindings: unlistedFindings, isComplete: isComplete)
    isWithinLimits = true
    self.origins = origins
  }

  /// Makes every alert one of this source, and holds alerts made in code to the limits of those that are read.
  package mutating func attribute(to source: SourceName, at now: Instant) { self = attributed(to: source, at: now) }

  /// The same as a value.
  package func attributed(to source: SourceName, at now: Instant) -> AlertSnapshot {
    if alerts.isEmpty || isWithinLimits && alerts.allSatisfy({ $0.source == source }) { return self }
    var writer = JSONWriter()
    writer.array(alerts) { writer, alert in
      var own = alert
      own.source = ""
      // The words are read; the scale ranks them later.
      own.severity = Severity(alert.severity.name)
      own.encodeWhole(into: &writer)
    }
    let text = SourceText(name: source.name, bytes: writer.bytes)
    var snapshot = AlertDecoding.read(text, from: source, now: now)
    snapshot.findings = findings + snapshot.findings
    snapshot.unlistedFindings += unlistedFindings
    snapshot.isComplete = snapshot.isComplete && isComplete
    return snapshot
  }

  /// Changes the labels of all alerts, and what follows from them.
  ///
  /// Of several alerts that are one without the labels that are left out, the most severe one stays; of equally severe
  /// ones always the same one, whatever their order.
  package mutating func transform(by transform: AlertTransform, _ severities: SeverityScale) {
    if transform.isEmpty || alerts.isEmpty { return }
    var changed: [(alert: Alert, formerID: ExactText)] = []
    changed.reserveCapacity(alerts.count)
    var indices: [ExactText: Int] = [:]
    for (index, alert) in alerts.enumerated() {
      let origin = origins.isEmpty ? .given : origins[index]
      let one = (
        alert: alert.transformed(by: transform, from: origin, severities).ranked(by: severities),
        formerID: ExactText(alert.id)
      )
      guard let known = indices[one.alert.id] else {
        indices[one.alert.id] = changed.count
        changed.append(one)
        continue
      }
      if Alert.counts(one, instead: changed[known]) { changed[known] = one }
    }
    alerts = changed.map(\.alert)
  }

  /// Ranks the severities of all alerts, with a finding for each word that the scale does not contain.
  package mutating func rank(by scale: SeverityScale, of source: SourceName) {
    alerts = alerts.map { $0.ranked(by: scale) }
    var counts: [ExactText: Int] = [:]
    for alert in alerts where alert.severity.level == .other {
      counts[ExactText(alert.severity.name), default: 0] += 1
    }
    findings += counts.sorted { $0.key < $1.key }.prefix(10).map { word, count in
      Finding(
        level: .warning,
        file: source.name,
        line: 1,
        column: 1,
        path: "severity",
        message: "\"\(JSONProblem.shown(word.text))\" is in no row of `severities`; it ranks last "
          + "(\(count.of("alert"))).",
        remedy: "Add it to a row."
      )
    }
  }
}

extension Alert {
  /// Whether an alert counts instead of another one that has become the same alert.
  package static func counts(
    _ one: (alert: Alert, formerID: ExactText),
    instead other: (alert: Alert, formerID: ExactText)
  ) -> Bool {
    if one.alert.severity.rank != other.alert.severity.rank {
      return one.alert.severity.isWorse(than: other.alert.severity)
    }
    return one.formerID < other.formerID
  }
}
