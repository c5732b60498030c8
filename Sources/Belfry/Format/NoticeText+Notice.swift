// SPDX-License-Identifier: Apache-2.0

extension NoticeText {
  /// Puts a notice into words.
  ///
  /// - Parameters:
  ///   - notice: The notice.
  ///   - times: How times are written.
  public init(_ notice: Notice, times: Times) {
    let wording = Wording(notice: notice, times: times)
    self = wording.text
    why = wording.why
    acknowledgements = wording.acknowledgements
    if let custom = notice.custom, custom.trouble == nil { replaceTexts(with: custom) }
  }

  /// Uses the texts of a template, as clean as the built-in ones.
  private mutating func replaceTexts(with custom: CustomText) {
    if let title = custom.title?.oneLine.truncated(to: NoticeText.longestTitle), !title.isEmpty {
      (subject, summary, headline, self.title) = (title, title, title, "")
    }
    if let body = custom.body {
      self.body = body.paragraphs
      (groups, omitted) = ([], 0)
    }
    if let fields = custom.fields {
      facts = fields.map { Fact(name: $0.name.oneLine, value: $0.value.oneLine) }.filter { !$0.value.isEmpty }
    }
  }

  /// The longest title of a template: that of an alert.
  private static let longestTitle = AlertLimits.standard.titleCharacters
}

/// The words for each kind of content.
private struct Wording {
  let notice: Notice
  let times: NoticeText.Times

  private var product: String { notice.product.oneLine }

  var text: NoticeText {
    switch notice.content {
    case .alert(let alert): single(alert, kind: "alert", headline: label(alert))
    case .test(let alert): single(alert, kind: "test", headline: label(alert) + " · test")
    case .resolved(let alert): resolved(alert)
    case .burst(let alerts): burst(alerts)
    case .digest(let name, let alerts): digest(name.oneLine, alerts)
    case .followup(let alerts, let ended): followup(alerts, ended: ended)
    case .group(let name, let alerts, let firing, let ended):
      group(name.oneLine, alerts, firing: firing, cameAndWent: ended)
    case .reminder(let alerts): reminder(alerts)
    case .flapping(let alert): flapping(alert)
    }
  }

  /// The last line: which rule sent the message.
  var why: String {
    let reason = notice.reason.oneLine
    let route = notice.route.oneLine
    // If the operator wants no reasons, counts are omitted too.
    let isUnexplained = reason.isEmpty && route.isEmpty
    let held = notice.suppressed > 0 ? "\(notice.suppressed.of("other alert")) held back" : ""
    let origin = isUnexplained ? [] : [reason, route, held]
    let parts = (origin + way).filter { !$0.isEmpty }
    return parts.isEmpty ? "" : (isUnexplained ? "" : "Why: ") + parts.joined(separator: " · ")
  }

  /// Up to this many alerts, each has its own link.
  private static let fewest = 5

  var acknowledgements: [NoticeText.Acknowledgement] {
    let active = notice.acknowledgeable
    guard let acknowledging = notice.acknowledging, !active.isEmpty else { return [] }
    let links = active.compactMap { alert in
      acknowledging.links[alert.key].map { url in
        let title = notice.alerts.count == 1 ? "" : title(of: alert).truncated(to: 100)
        return NoticeText.Acknowledgement(label: "Acknowledge", title: title, url: url)
      }
    }
    if links.count == active.count, links.count <= Wording.fewest { return links }
    return [NoticeText.Acknowledgement(label: "Open Belfry to acknowledge", title: "", url: acknowledging.home)]
  }

  /// What happened on the way: otherwise the reader would wonder about the time, the channel, the format or the text.
  private var way: [String] {
    let failed = notice.forwardings.map(\.words)
    let waited = notice.delay.map { "delayed \($0.duration.text): \($0.reason)" }
    let refused = notice.refusal.map { "plain text only, because the formatted message was refused: \($0.clause)" }
    let replaced = notice.custom?.trouble.map { "built-in text, because \($0)" }
    return (failed + [waited, refused, replaced].compactMap(\.self)).map(\.oneLine)
  }

  private func single(_ alert: Alert, kind: String, headline: String) -> NoticeText {
    let title = title(of: alert)
    var text = empty(kind, "\(alert.severity.name.oneLine): \(title)", headline: headline)
    text.summary = title
    text.title = title
    text.body = alert.detail.paragraphs
    text.facts = [source(of: alert), firstSeen(of: alert)]
    text.link = notice.address(of: alert) ?? notice.home
    if let link = text.link, !isInCockpit(link) { text.linkLabel = "Details" }
    return text
  }

  /// Whether a link leads into the cockpit: an alert's own link may lead to a runbook or a dashboard instead.
  private func isInCockpit(_ link: String) -> Bool { notice.home.map { link.hasPrefix($0) } ?? false }

  private func resolved(_ alert: Alert) -> NoticeText {
    var text = single(alert, kind: "resolved", headline: "✅ [RESOLVED] \(product)")
    text.body = flags(of: alert).firedFor.map { "Resolved after \($0.spoken)." } ?? "This alert has resolved."
    text.facts.insert(NoticeText.Fact(name: "Severity", value: alert.severity.name.oneLine), at: 0)
    return text
  }

  private func burst(_ alerts: [Alert]) -> NoticeText {
    let (firing, ended) = divided(alerts)
    let summary = "\(alerts.count.of("alert")): \(counts(firing, ended))"
    var text = empty("burst", summary, headline: "🚨 [BURST] \(summary)")
    text.groups = sections(firing.map(line), ended)
    text.link = notice.home
    return text
  }

  private func digest(_ name: String, _ alerts: [Alert]) -> NoticeText {
    let counts = SeverityCounts(alerts).text(always: [.warning, .info])
    var text = empty("digest", "\(alerts.count.of("alert")): \(counts)", headline: "📋 [DIGEST] \(product)")
    text.body = "The digest \"\(name)\" contains \(alerts.count.of("alert")): \(counts)."
    let bySeverity = Dictionary(grouping: alerts, by: \.severity).sorted { $0.key < $1.key }
    text.groups = bySeverity.flatMap { severity, members in
      let heading = "== \(severity.name.oneLine.uppercased()) (\(members.count.grouped)) =="
      return group(heading, members.map { entry($0, title: title(of: $0) + remark($0), detail: "") })
    }
    text.link = notice.home
    return text
  }

  private func followup(_ alerts: [Alert], ended: Int) -> NoticeText {
    let (firing, resolved) = divided(alerts)
    let counts = SeverityCounts(firing).text
    let summary = firing.isEmpty ? "nothing still firing" : "\(firing.count.grouped) still firing: \(counts)"
    var text = empty("follow-up", summary, headline: "⏳ [STILL FIRING] \(product)")
    let were = firing.count == 1 ? "that was held back is" : "that were held back are"
    text.body = "\(firing.count.of("alert")) \(were) still firing: \(counts)."
    if firing.isEmpty { text.body = "None of the alerts that were held back is still firing." }
    if ended > 0 { text.body += " \(ended.grouped) more fired and resolved in the meantime." }
    text.groups = sections(firing.map(fullLine), resolved)
    text.link = notice.home
    return text
  }

  private func group(_ name: String, _ alerts: [Alert], firing: Int, cameAndWent: Int) -> NoticeText {
    let (begun, ended) = divided(alerts)
    let summary = (name.isEmpty ? "" : "\(name): ") + counts(begun, ended)
    let emoji = begun.isEmpty ? "✅" : begun[0].severity.emoji
    var text = empty("group", summary, headline: "\(emoji) [\(begun.isEmpty ? "RESOLVED" : "GROUP")] \(product)")
    text.title = summary
    let still = firing - begun.count
    if still > 0 {
      text.body = "\(still.of("alert")) you already know about \(still == 1 ? "is" : "are") still firing."
    }
    if begun.isEmpty, firing == 0, !name.isEmpty { text.body = "All alerts in this group have resolved." }
    if cameAndWent > 0 {
      text.body += (text.body.isEmpty ? "" : " ") + "\(cameAndWent.grouped) more fired and resolved in the meantime."
    }
    text.groups = sections(begun.map(fullLine), ended)
    text.link = notice.home
    return text
  }

  private func reminder(_ alerts: [Alert]) -> NoticeText {
    guard alerts.count != 1 else {
      var text = single(alerts[0], kind: "reminder", headline: "\(label(alerts[0])) · still firing")
      text.summary = "still firing: \(text.title)"
      text.subject = "[\(product) reminder] \(alerts[0].severity.name.oneLine): \(text.title)"
      return text
    }
    let summary = "\(alerts.count.grouped) still firing: \(SeverityCounts(alerts).text)"
    var text = empty("reminder", summary, headline: "🔁 [REMINDER] \(product)")
    text.body = "\(alerts.count.of("alert")) you already know about are still firing: \(SeverityCounts(alerts).text)."
    text.groups = group("", alerts.map(fullLine))
    text.link = notice.home
    return text
  }

  private func flapping(_ alert: Alert) -> NoticeText {
    var text = single(alert, kind: "flapping", headline: "\(label(alert)) · flapping")
    let changes = flags(of: alert).changes.map { " (\($0.count.of("change")) in \($0.period.spoken))" } ?? ""
    text.body =
      "This alert is flapping\(changes): it keeps firing and resolving. The next message comes when it settles."
    if !alert.detail.isEmpty { text.body += "\n\n\(alert.detail.paragraphs)" }
    return text
  }

  /// The alerts that fire, and those that have resolved.
  private func divided(_ alerts: [Alert]) -> (firing: [Alert], resolved: [Alert]) {
    (alerts.filter { !flags(of: $0).isResolved }, alerts.filter { flags(of: $0).isResolved })
  }

  private func counts(_ firing: [Alert], _ resolved: [Alert]) -> String {
    let parts = [
      firing.isEmpty ? "" : SeverityCounts(firing).text, resolved.isEmpty ? "" : "\(resolved.count.grouped) resolved",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private func sections(_ firing: [NoticeText.Entry], _ resolved: [Alert]) -> [NoticeText.Group] {
    group(resolved.isEmpty ? "" : "== FIRING (\(firing.count.grouped)) ==", firing)
      + group("== RESOLVED (\(resolved.count.grouped)) ==", resolved.map(line))
  }

  private func flags(of alert: Alert) -> Notice.AlertFlags { notice.flags[alert.key] ?? Notice.AlertFlags() }

  /// The text after an alert's title that its flags adds; empty if there is none.
  private func remark(_ alert: Alert) -> String {
    let flags = flags(of: alert)
    var parts: [String] = []
    if flags.isResolved { parts.append("resolved") }
    if flags.isFlapping { parts.append("flapping") }
    if flags.firings > 1 { parts.append("fired \(flags.firings.grouped) times") }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }

  private func fullLine(_ alert: Alert) -> NoticeText.Entry {
    entry(alert, title: line(alert).title, detail: alert.detail.paragraphs)
  }

  private func empty(_ kind: String, _ summary: String, headline: String) -> NoticeText {
    NoticeText(
      subject: "[\(product) \(kind)] \(summary)",
      summary: summary,
      headline: headline,
      title: "",
      linkLabel: "Open in \(product)",
      why: ""
    )
  }

  private func group(_ heading: String, _ entries: [NoticeText.Entry]) -> [NoticeText.Group] {
    entries.isEmpty ? [] : [NoticeText.Group(heading: heading, entries: entries)]
  }

  /// An alert on one line: emoji, severity, title.
  private func line(_ alert: Alert) -> NoticeText.Entry {
    let title = "\(alert.severity.emoji) \(alert.severity.name.oneLine): \(title(of: alert))\(remark(alert))"
    let link = notice.address(of: alert)
    return NoticeText.Entry(severity: alert.severity, title: title, detail: "", facts: [], link: link)
  }

  private func entry(_ alert: Alert, title: String, detail: String) -> NoticeText.Entry {
    let category = NoticeText.Fact(name: "Category", value: alert.category.oneLine)
    return NoticeText.Entry(
      severity: alert.severity,
      title: title,
      detail: detail,
      facts: (category.value.isEmpty ? [] : [category]) + [firstSeen(of: alert), source(of: alert)],
      link: notice.address(of: alert)
    )
  }

  private func label(_ alert: Alert) -> String {
    "\(alert.severity.emoji) [\(alert.severity.name.oneLine.uppercased())] \(product)"
  }

  private func title(of alert: Alert) -> String {
    let title = alert.title.oneLine
    return title.isEmpty ? alert.id.oneLine : title
  }

  private func source(of alert: Alert) -> NoticeText.Fact {
    let places = [alert.link, alert.panel, alert.source.name].lazy.map(\.oneLine)
    return NoticeText.Fact(name: "Source", value: places.first { !$0.isEmpty } ?? "(unknown)")
  }

  private func firstSeen(of alert: Alert) -> NoticeText.Fact {
    let written = alert.firstSeen.oneLine
    let value =
      switch times {
      case .relative: relativeTime(firstSeen: written, now: notice.sentAt)
      case .asWritten: written.isEmpty ? "(unknown)" : written
      }
    return NoticeText.Fact(name: "First seen", value: value)
  }
}
