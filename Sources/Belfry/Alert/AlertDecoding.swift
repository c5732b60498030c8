// SPDX-License-Identifier: Apache-2.0

/// What a source's text says is active, as far as it could be read.
package struct AlertSnapshot: Sendable {
  /// Each id once, in the order of the text.
  package var alerts: [Alert]
  /// In the order of the text, up to a limit.
  package var findings: [Finding]
  /// How many findings there are beyond those listed.
  package var unlistedFindings: Int
  /// Whether all that is active is here: only then does an alert's absence mean that it is over.
  package var isComplete: Bool

  package init(alerts: [Alert], findings: [Finding] = [], unlistedFindings: Int = 0, isComplete: Bool = true) {
    self.alerts = alerts
    self.findings = findings
    self.unlistedFindings = unlistedFindings
    self.isComplete = isComplete
  }
}

/// Which labels say what Prometheus and Alertmanager have no fields of their own for.
package struct AlertLabelMapping: Sendable, Hashable {
  package var severity: String
  /// Where an alert has no such label, its `alertname` is the category.
  package var category: String

  package init(severity: String = "severity", category: String = "category") {
    self.severity = severity
    self.category = category
  }

  package static let standard = AlertLabelMapping()
}

/// Reads alerts from the JSON that sources hand over, in one pass, and whatever is wrong with it.
///
/// A mistake costs as little as it can: a field, at worst an alert, never those around it.
package enum AlertDecoding {
  /// Reads a list of alerts, or an object that holds one as `alerts`.
  ///
  /// Each is in our own shape, or in that of Alertmanager's `GET /api/v2/alerts`: it has no `id`, but a `fingerprint`, a `startsAt`
  /// or a label `alertname`.
  ///
  /// - Parameters:
  ///   - source: the text; its size was checked against `limits.fileBytes` before it was read.
  ///   - name: the source that the alerts are of.
  ///   - now: alerts of Alertmanager that ended before are not active.
  ///   - mapping: which labels say what Alertmanager has no fields for.
  ///   - limits: how much of each alert is taken.
  /// - Returns: what is active, and every finding.
  package static func read(
    _ source: SourceText,
    from name: SourceName,
    now: Instant,
    mapping: AlertLabelMapping = .standard,
    limits: AlertLimits = .standard
  ) -> AlertSnapshot {
    let context = AlertContext(source: name, now: now, mapping: mapping, limits: limits, isPrometheus: false)
    return read(source, context)
  }

  /// Reads the answer of Prometheus' `GET /api/v1/alerts`; only what is firing counts as active.
  package static func readPrometheus(
    _ source: SourceText,
    from name: SourceName,
    mapping: AlertLabelMapping = .standard,
    limits: AlertLimits = .standard
  ) -> AlertSnapshot {
    let now = Instant(microseconds: 0)  // Prometheus gives no end that could have passed.
    return read(source, AlertContext(source: name, now: now, mapping: mapping, limits: limits, isPrometheus: true))
  }

  /// The texts are read whole and cut afterwards: what identifies an alert is all of it.
  private static let textLimits = JSONLimits(stringBytes: .max, numberBytes: .max)

  private static func read(_ source: SourceText, _ context: AlertContext) -> AlertSnapshot {
    var collector = AlertCollector(context, byteCount: source.bytes.count)
    let outcome = JSONReader.read(source.bytes, limits: textLimits) { reader throws(JSONProblem) in
      try collector.readDocument(&reader)
    }
    let (findings, rest) = collector.findings.placed(in: source, outcome.problems, of: outcome.problemCount)
    return AlertSnapshot(
      alerts: collector.alerts,
      findings: findings,
      unlistedFindings: rest,
      isComplete: collector.isComplete && outcome.value != nil && !outcome.mayHaveLostValues
    )
  }
}

/// What is the same for all alerts of one text.
struct AlertContext {
  var source: SourceName
  var now: Instant
  var mapping: AlertLabelMapping
  var limits: AlertLimits
  var isPrometheus: Bool
  /// Set when the alerts were pushed: each is kept, with its end, or refused.
  var push: PushShape?
  /// How long a text may be without any limit being asked.
  let shortest: Int

  init(source: SourceName, now: Instant, mapping: AlertLabelMapping, limits: AlertLimits, isPrometheus: Bool) {
    self.source = source
    self.now = now
    self.mapping = mapping
    self.limits = limits
    self.isPrometheus = isPrometheus
    shortest = min(
      min(limits.idBytes, limits.titleCharacters, limits.detailBytes),
      min(limits.categoryBytes, limits.linkBytes, limits.labelValueBytes)
    )
  }
}
