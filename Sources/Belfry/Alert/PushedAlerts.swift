// SPDX-License-Identifier: Apache-2.0

/// The format of pushed alerts.
package enum PushShape: Sendable, Hashable {
  /// Alertmanager's `POST /api/v2/alerts`: a list of alerts with labels and annotations.
  case alertmanager
  /// The webhook format of Alertmanager and Grafana: an object with `alerts`, each with labels, annotations and a
  /// `status`.
  ///
  /// The status alone decides whether an alert fires, whatever its `endsAt`.
  case webhook
  /// Belfry's own format: a list, or an object with one as `alerts`; `"state": "resolved"` means that an alert has
  /// ended.
  case own
}

/// One pushed alert.
package struct PushedAlert: Sendable, Hashable {
  /// Its index in the list, from 0.
  package var index: Int
  package var alert: Alert
  /// When it ends by itself; nil if that was not stated.
  package var endsAt: Instant?
  package var isOver: Bool
  /// The id that it had before labels were left out of it; nil if it is the same.
  package var formerID: String?

  package init(index: Int, alert: Alert, endsAt: Instant? = nil, isOver: Bool = false) {
    self.index = index
    self.alert = alert
    self.endsAt = endsAt
    self.isOver = isOver
  }

  /// How long an alert from a webhook stays active without being sent again: its sender also reports the end, and
  /// repeats lasting alerts after some hours.
  package static let webhookTimeout = Duration.seconds(86_400)
}

/// The alerts of one push request, as far as they are valid.
package struct PushedAlerts: Sendable {
  /// A refused alert, and the reason.
  package struct Refusal: Sendable, Hashable {
    package var index: Int
    package var reason: String

    package init(index: Int, reason: String) {
      self.index = index
      self.reason = reason
    }
  }

  /// The accepted alerts, in the order of the list.
  package var alerts: [PushedAlert] = []
  /// The first refusals, in the order of the list.
  package var refusals: [Refusal] = []
  /// The number of refused alerts, including those not listed.
  package var refusedCount = 0
  /// The indices of entries that are not alerts, as the map of an input says.
  package var ignored: [Int] = []
  /// Oddities in accepted alerts, and how they were handled.
  package var remarks: [String] = []
  /// Whether they are all alerts of a group, so that one that is missing does not fire.
  package var areWholeGroup = false
  /// The reason why the whole request is invalid: the text is not JSON, or not a list; nil if it is valid.
  package var fault: String?
}

extension AlertDecoding {
  /// The limits for pushed text; an alert's labels are at the fourth level.
  ///
  /// Texts are read completely and cut afterwards, because an alert's identity depends on all of them.
  private static let pushLimits = JSONLimits(depth: 16, stringBytes: .max, numberBytes: .max, problems: 100)

  /// Reads pushed alerts.
  ///
  /// A mistake in the JSON costs as little as possible. Correctable ones are corrected, with a remark: U+FFFD replaces
  /// invalid bytes, and values nested too deeply are omitted. Any other mistake inside an alert refuses only that
  /// alert. A mistake that may hide where an alert begins or ends, or that is outside all alerts, refuses the whole
  /// text, which may be truncated.
  package static func readPush(
    _ source: SourceText,
    _ shape: PushShape,
    now: Instant,
    mapping: AlertLabelMapping = .standard,
    severities: SeverityScale = .standard,
    transform: AlertTransform = AlertTransform(),
    limits: AlertLimits = .standard
  ) -> PushedAlerts {
    var context = AlertContext(source: .push, now: now, mapping: mapping, limits: limits, isPrometheus: false)
    context.push = shape
    context.severities = severities
    context.transform = transform
    var collector = AlertCollector(context, byteCount: source.bytes.count)
    let outcome = JSONReader.read(source.bytes, limits: pushLimits) { reader throws(JSONProblem) in
      try collector.readDocument(&reader)
    }
    if outcome.value == nil || outcome.mayHaveLostValues || outcome.faultCount > collector.faultsInAlerts,
      let problem = outcome.firstLoss ?? outcome.latestFault
    {
      let place = TextPlaces(source).place(of: problem.offset)
      return PushedAlerts(fault: "\(place.line):\(place.column): \(problem.message)")
    }
    guard collector.isList else {
      let expected = shape == .alertmanager ? "a list of alerts" : "{\"alerts\": [ … ]}"
      return PushedAlerts(fault: "expected \(expected).")
    }
    var pushed = collector.pushed
    pushed.areWholeGroup = shape == .webhook
    let (findings, rest) = collector.findings.placed(in: source)
    pushed.remarks = findings.filter { $0.level == .warning }.map { "\($0.path): \($0.message)" }
    let count = rest + outcome.problemCount - outcome.problems.count
    if count > 0 { pushed.remarks.append("and \(count) more") }
    return pushed
  }
}

extension AlertCollector {
  /// The number of refusals listed individually.
  private static let listedRefusals = 100

  /// Accepts the alert that the members describe, or records why it is refused.
  mutating func keepPushed(_ draft: AlertDraft, at index: Int) {
    // As in Alertmanager, a label without a value counts as absent.
    labels.removeAll(where: \.value.isEmpty)
    identity.removeEmptyLabels()
    let start = instant(draft.startsAt)
    // In a webhook only `status` decides whether the alert fires: an end together with `firing` is a forecast, or a
    // wrong clock.
    let end = context.push == .webhook ? nil : instant(draft.endsAt)
    if let reason = fault(in: draft, start, end) { return refuse(index, reason) }
    var draft = draft
    // Go's zero time means no start; the ledger knows when the alert first arrived.
    if context.push != .own, start == nil { draft.startsAt = nil }
    guard let read = alert(of: draft) else { return }
    let isOver = draft.state == "resolved" && context.push != .alertmanager || end.map { $0 <= context.now } == true
    accept(read, at: index, endsAt: end, isOver: isOver)
  }

  /// Accepts an alert, with the labels that the file gives it.
  mutating func accept(
    _ read: (alert: Alert, origin: AlertOrigin),
    at index: Int,
    endsAt: Instant? = nil,
    isOver: Bool
  ) {
    var accepted = PushedAlert(index: index, alert: read.alert, endsAt: endsAt, isOver: isOver)
    if !context.transform.isEmpty {
      accepted.alert = read.alert.transformed(by: context.transform, from: read.origin, context.severities)
      if !accepted.alert.id.isExactly(read.alert.id) { accepted.formerID = read.alert.id }
    }
    pushed.alerts.append(accepted)
  }

  mutating func refuse(_ index: Int, _ reason: String) {
    pushed.refusedCount += 1
    guard pushed.refusals.count < AlertCollector.listedRefusals else { return }
    pushed.refusals.append(PushedAlerts.Refusal(index: index, reason: reason))
  }

  private func fault(in draft: AlertDraft, _ start: Instant?, _ end: Instant?) -> String? {
    if context.push != .webhook, let text = draft.endsAt, !text.isEmpty, Instant(iso8601: text) == nil {
      return "endsAt is not a time. Write it like 2026-11-23T17:00:00Z"
    }
    if let start, let end, end < start { return "it ends before it starts" }
    switch context.push {
    case .alertmanager: return labels.isEmpty ? "it has no labels" : nil
    case .webhook:
      guard draft.state == "firing" || draft.state == "resolved" else {
        return "its status is neither firing nor resolved"
      }
      return labels.isEmpty ? "it has no labels" : nil
    case .own:
      if let state = draft.state, state != "firing", state != "resolved" {
        return "state is \"\(JSONProblem.shown(state))\"; it must be firing or resolved"
      }
      let hasName = [draft.id, draft.title, draft.fingerprint].contains { $0?.isEmpty == false } || !labels.isEmpty
      return hasName ? nil : "it has neither an id nor a title"
    case nil: return nil
    }
  }

  private func instant(_ text: String?) -> Instant? {
    text.flatMap { Instant(iso8601: $0) }.flatMap { $0 < Instant(seconds: 0) ? nil : $0 }
  }
}
