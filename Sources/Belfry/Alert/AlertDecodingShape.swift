// SPDX-License-Identifier: Apache-2.0

// Turns the parsed members into an alert.
extension AlertCollector {
  /// The alert that the members describe; nil if it is not active.
  mutating func alert(of draft: AlertDraft) -> Alert? {
    let labels = uniqueLabels(at: draft.offset)
    let isForeign =
      context.isPrometheus || context.push == .alertmanager || context.push == .webhook
      || (draft.id == nil && (draft.fingerprint != nil || draft.startsAt != nil || labels["alertname"] != nil))
    return isForeign ? foreignAlert(of: draft, labels) : ownAlert(of: draft, labels)
  }

  private mutating func ownAlert(of draft: AlertDraft, _ labels: Labels) -> Alert {
    let category = draft.category ?? ""
    let id = kept(draft.id) ?? derivedID(of: draft, category, labels)
    return Alert(
      source: context.source,
      id: id,
      severity: severity(draft.severity, at: draft.offset, path: "severity"),
      category: category,
      title: title(draft.title, at: draft.offset, else: category, id),
      detail: draft.detail ?? "",
      labels: labels,
      panel: draft.panel ?? "",
      link: kept(draft.link) ?? draft.route ?? "",
      firstSeen: draft.firstSeen ?? ""
    )
  }

  /// An alert of Prometheus or Alertmanager, most of which is in labels and annotations.
  private mutating func foreignAlert(of draft: AlertDraft, _ labels: Labels) -> Alert? {
    guard isActive(draft) else { return nil }
    let name = labels["alertname"] ?? ""
    let category = kept(labels[context.mapping.category]) ?? name
    // Alertmanager identifies a posted alert by its labels alone.
    let given = context.push == .alertmanager ? nil : kept(draft.fingerprint)
    let id = given ?? identity.fingerprint(of: labels).text
    return Alert(
      source: context.source,
      id: id,
      severity: severity(
        labels[context.mapping.severity],
        at: draft.offset,
        path: "labels.\(context.mapping.severity)"
      ),
      category: category,
      title: title(kept(draft.annotations.summary) ?? name, at: draft.offset, else: category, id),
      detail: draft.annotations.description ?? "",
      labels: labels,
      panel: name,
      link: kept(draft.annotations.link) ?? kept(draft.annotations.runbook) ?? draft.generatorURL ?? "",
      firstSeen: draft.startsAt ?? ""
    )
  }

  private mutating func isActive(_ draft: AlertDraft) -> Bool {
    if context.push != nil { return true }
    if context.isPrometheus { return draft.state == nil || draft.state == "firing" }
    guard let text = kept(draft.endsAt) else { return true }
    guard let end = Instant(iso8601: text) else {
      warn(
        at: draft.offset,
        "endsAt",
        "\"\(JSONProblem.shown(text))\" is not a time; the alert counts as active.",
        remedy: "Write it like 2026-11-23T17:00:00Z."
      )
      return true
    }
    // Go's zero time, year 1, means no end.
    return end > context.now || end < Instant(seconds: 0)
  }

  /// The severity; without one, an alert is a warning: it notifies, but wakes nobody.
  private mutating func severity(_ word: String?, at offset: Int, path step: String) -> Severity {
    guard let word = kept(word) else {
      warn(
        at: offset,
        step,
        "the alert has no severity; it counts as a warning.",
        remedy: "Set it to critical, warning or info."
      )
      return .warning
    }
    let severity = Severity(word)
    if severity.rank < Severity.known.count { return severity }
    let lower = Severity(word.lowercased())
    return lower.rank < Severity.known.count ? lower : severity
  }

  private mutating func title(_ text: String?, at offset: Int, else category: String, _ id: String) -> String {
    if let text = kept(text) { return text }
    let title = kept(category) ?? id
    warn(
      at: offset,
      "title",
      "the alert has no title; \"\(JSONProblem.shown(title))\" is used.",
      remedy: "Add a title."
    )
    return title
  }

  /// An ID derived from the members; the same members always give the same ID.
  private mutating func derivedID(of draft: AlertDraft, _ category: String, _ labels: Labels) -> String {
    var hash = AlertFingerprint()
    hash.add(context.source.name)
    hash.add(identity.category ?? Array(category.utf8))
    hash.add(identity.title ?? Array((draft.title ?? "").utf8))
    identity.addLabels(labels, to: &hash)
    warn(
      at: draft.offset,
      "id",
      "the alert has no id; one is made from its category, title and labels.",
      remedy: "Add an id that stays the same while the alert is active."
    )
    return hash.text
  }

  /// The parsed labels, sorted; of two with the same name, the first one.
  private mutating func uniqueLabels(at offset: Int) -> Labels {
    if labels.isEmpty { return [:] }
    let unique = Labels(labels)
    let repeated = labels.count - unique.count
    if repeated == 0 { return unique }
    warn(
      at: offset,
      "labels",
      "\(repeated) labels repeat a name; the first one is used.",
      remedy: "Use each label name once."
    )
    return Labels(labels.reversed())
  }

  /// The text, or nil if it is empty.
  private func kept(_ text: String?) -> String? {
    guard let text, let first = text.utf8.first else { return nil }
    if first == 0x20 && text.utf8.allSatisfy({ $0 == 0x20 }) { return nil }
    return text
  }
}
