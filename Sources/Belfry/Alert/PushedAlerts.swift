// SPDX-License-Identifier: Apache-2.0

/// The shape that pushed alerts are in.
package enum PushShape: Sendable, Hashable {
  /// Alertmanager's `POST /api/v2/alerts`: a list, each alert of labels and annotations.
  case alertmanager
  /// What Alertmanager and Grafana send to a webhook: an object with `alerts`, each of labels, annotations and a `status`.
  ///
  /// The status alone says whether an alert fires, whatever its `endsAt`.
  case webhook
  /// Our own: a list, or an object that holds one as `alerts`; with `"state": "resolved"` an alert has ended.
  case own
}

/// One alert as it was pushed.
package struct PushedAlert: Sendable, Hashable {
  /// Its place in the list, from 0.
  package var index: Int
  package var alert: Alert
  /// When it ends by itself; nil when that was not said.
  package var endsAt: Instant?
  package var isOver: Bool

  package init(index: Int, alert: Alert, endsAt: Instant? = nil, isOver: Bool = false) {
    self.index = index
    self.alert = alert
    self.endsAt = endsAt
    self.isOver = isOver
  }

  /// How long what a webhook told is active without being told again: who sends it tells the end too, and repeats what lasts
  /// after some hours.
  package static let webhookTimeout = Duration.seconds(86_400)

  /// What it says of the alert; one that names no end ends unless it is pushed again within `timeout`.
  package func event(at now: Instant, timeout: Duration) -> Event {
    guard !isOver else { return .resolved(alert.key) }
    return .pushed(alert, until: endsAt.map { Expiry(at: $0) } ?? Expiry(at: now + timeout, isTimeout: true))
  }
}

/// What was pushed with one request, as far as it can be taken.
package struct PushedAlerts: Sendable {
  /// An alert that cannot be taken, and why.
  package struct Refusal: Sendable, Hashable {
    package var index: Int
    package var reason: String

    package init(index: Int, reason: String) {
      self.index = index
      self.reason = reason
    }
  }

  /// In the order of the list.
  package var alerts: [PushedAlert] = []
  /// The first ones, in the order of the list.
  package var refusals: [Refusal] = []
  /// How many were refused, those not kept included.
  package var refusedCount = 0
  /// What is odd about alerts that were taken, and what became of it.
  package var remarks: [String] = []
  /// Why nothing can be taken: the text is no JSON, or no list; nil when it is one.
  package var fault: String?
}

extension AlertDecoding {
  /// How deep the text of a push may be: an alert's labels are at the fourth level.
  ///
  /// Its texts are read whole and cut afterwards: what identifies an alert is all of it.
  private static let pushLimits = JSONLimits(depth: 16, stringBytes: .max, numberBytes: .max, problems: 100)

  /// Reads alerts that were pushed.
  ///
  /// A mistake in the JSON costs as little as it can. What can be mended is mended, with a remark: U+FFFD stands for bytes that
  /// are no text, and what is nested too deeply is left out. Any other mistake inside an alert refuses that alert alone. One
  /// that may have hidden where an alert begins or ends, or that is outside all alerts, refuses the whole text: it may be torn.
  package static func readPush(
    _ source: SourceText,
    _ shape: PushShape,
    now: Instant,
    mapping: AlertLabelMapping = .standard,
    limits: AlertLimits = .standard
  ) -> PushedAlerts {
    var context = AlertContext(source: .push, now: now, mapping: mapping, limits: limits, isPrometheus: false)
    context.push = shape
    var collector = AlertCollector(context, byteCount: source.bytes.count)
    let outcome = JSONReader.read(source.bytes, limits: pushLimits) { reader throws(JSONProblem) in
      try collector.readDocument(&reader)
    }
    if outcome.value == nil || outcome.mayHaveLostValues || outcome.faultCount > collector.faultsInAlerts,
      let problem = outcome.firstLoss ?? outcome.latestFault
    {
      let place = source.place(of: problem.offset)
      return PushedAlerts(fault: "\(place.line):\(place.column): \(problem.message)")
    }
    guard collector.isList else {
      let expected = shape == .alertmanager ? "a list of alerts" : "{\"alerts\": [ … ]}"
      return PushedAlerts(fault: "expected \(expected).")
    }
    var pushed = collector.pushed
    let (findings, rest) = collector.findings.placed(in: source)
    pushed.remarks = findings.filter { $0.level == .warning }.map { "\($0.path): \($0.message)" }
    let count = rest + outcome.problemCount - outcome.problems.count
    if count > 0 { pushed.remarks.append("and \(count) more") }
    return pushed
  }
}

extension AlertCollector {
  /// How many refusals are told one by one.
  private static let toldRefusals = 100

  /// Takes the alert that the members make, or says why it cannot be taken.
  mutating func keepPushed(_ draft: AlertDraft, at index: Int) {
    // As Alertmanager: a label without a value is as if it were not there.
    labels.removeAll(where: \.value.isEmpty)
    identity.removeEmptyLabels()
    let start = instant(draft.startsAt)
    // In a webhook `status` alone says whether the alert fires: an end beside `firing` is a forecast, or a clock that is off.
    let end = context.push == .webhook ? nil : instant(draft.endsAt)
    if let reason = fault(in: draft, start, end) { return refuse(index, reason) }
    var draft = draft
    // The zero time of Go stands for none; the ledger knows when it came first.
    if context.push != .own, start == nil { draft.startsAt = nil }
    guard let alert = alert(of: draft) else { return }
    let isOver = draft.state == "resolved" && context.push != .alertmanager || end.map { $0 <= context.now } == true
    pushed.alerts.append(PushedAlert(index: index, alert: alert, endsAt: end, isOver: isOver))
  }

  mutating func refuse(_ index: Int, _ reason: String) {
    pushed.refusedCount += 1
    guard pushed.refusals.count < AlertCollector.toldRefusals else { return }
    pushed.refusals.append(PushedAlerts.Refusal(index: index, reason: reason))
  }

  private func fault(in draft: AlertDraft, _ start: Instant?, _ end: Instant?) -> String? {
    if context.push != .webhook, let text = draft.endsAt, !text.isEmpty, Instant(iso8601: text) == nil {
      return "endsAt is no time; write it like 2026-11-23T17:00:00Z"
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
        return "state is \"\(JSONProblem.shown(state))\"; write firing or resolved"
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
