// SPDX-License-Identifier: Apache-2.0

/// The labels that carry fields which Prometheus and Alertmanager do not have.
package struct AlertLabelMapping: Sendable, Hashable {
  package var severity: String
  /// The label for the category; an alert without it uses its `alertname`.
  package var category: String

  package init(severity: String = "severity", category: String = "category") {
    self.severity = severity
    self.category = category
  }

  package static let standard = AlertLabelMapping()
}

/// Reads alerts from the JSON of sources in one pass, and reports everything that is wrong with it.
///
/// A mistake costs as little as possible: a field, at worst an alert, never its neighbours.
package enum AlertDecoding {
  /// Reads a list of alerts, or an object that contains one as `alerts`.
  ///
  /// Each alert is in Belfry's own format or in that of Alertmanager's `GET /api/v2/alerts`, which has no `id` but a
  /// `fingerprint`, a `startsAt` or a label `alertname`.
  ///
  /// - Parameters:
  ///   - source: The text; the caller checks its size against `limits.fileBytes` first.
  ///   - name: The source of the alerts.
  ///   - now: Alertmanager alerts that ended before this time are not active.
  ///   - mapping: The labels that carry fields which Alertmanager does not have.
  ///   - limits: How much of each alert is kept.
  /// - Returns: the active alerts, and every finding.
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

  /// Reads the answer of Prometheus' `GET /api/v1/alerts`; only firing alerts count as active.
  package static func readPrometheus(
    _ source: SourceText,
    from name: SourceName,
    mapping: AlertLabelMapping = .standard,
    limits: AlertLimits = .standard
  ) -> AlertSnapshot {
    let now = Instant(microseconds: 0)  // Prometheus states no end that could have passed.
    return read(source, AlertContext(source: name, now: now, mapping: mapping, limits: limits, isPrometheus: true))
  }

  /// Texts are read completely and cut afterwards, because an alert's identity depends on all of them.
  private static let textLimits = JSONLimits(stringBytes: .max, numberBytes: .max)

  private static func read(_ source: SourceText, _ context: AlertContext) -> AlertSnapshot {
    var collector = AlertCollector(context, byteCount: source.bytes.count)
    let outcome = JSONReader.read(source.bytes, limits: textLimits) { reader throws(JSONProblem) in
      try collector.readDocument(&reader)
    }
    let (findings, rest) = collector.findings.placed(in: source, outcome.problems, of: outcome.problemCount)
    return AlertSnapshot(
      read: collector.alerts,
      from: collector.origins,
      findings: findings,
      unlistedFindings: rest,
      isComplete: collector.isComplete && outcome.value != nil && !outcome.mayHaveLostValues
    )
  }
}

/// The context shared by all alerts of one text.
struct AlertContext {
  var source: SourceName
  var now: Instant
  var mapping: AlertLabelMapping
  var limits: AlertLimits
  var isPrometheus: Bool
  /// The severities that the file names.
  var severities = SeverityScale.standard
  /// What is changed in the labels of pushed alerts; the alerts of a source are changed when it was polled.
  var transform = AlertTransform()
  /// Set if the alerts were pushed: each is accepted with its end, or refused.
  var push: PushShape?
  /// The length up to which a text is within every limit.
  let shortest: Int

  init(source: SourceName, now: Instant, mapping: AlertLabelMapping, limits: AlertLimits, isPrometheus: Bool) {
    self.source = source
    self.now = now
    self.mapping = mapping
    self.limits = limits
    self.isPrometheus = isPrometheus
    shortest = min(
      min(limits.idBytes, limits.titleCharacters, limits.detailBytes),
      min(limits.categoryBytes, limits.linkBytes, min(limits.labelValueBytes, limits.annotationBytes))
    )
  }
}
