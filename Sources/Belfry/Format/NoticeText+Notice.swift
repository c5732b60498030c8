// SPDX-License-Identifier: Apache-2.0

extension NoticeText {
  /// Puts a notice into words.
  ///
  /// - Parameters:
  ///   - notice: what is to be told.
  ///   - times: how times are told.
  public init(_ notice: Notice, times: Times) {
    let wording = Wording(notice: notice, times: times)
    self = wording.text
    why = wording.why
  }
}

/// The words for each content of a notice.
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
    }
  }

  /// The last line: a person must be able to tell which rule rang.
  var why: String {
    let reason = notice.reason.oneLine
    let route = notice.route.oneLine
    if reason.isEmpty && route.isEmpty { return "" }
    return "Why: " + [reason, route].filter { !$0.isEmpty }.joined(separator: " · ")
  }

  private func single(_ alert: Alert, kind: String, headline: String) -> NoticeText {
    let title = title(of: alert)
    var text = empty(kind, "\(alert.severity.name.oneLine): \(title)", headline: headline)
    text.summary = title
    text.title = title
    text.body = alert.detail.paragraphs
    text.facts = [source(of: alert), firstSeen(of: alert)]
    text.link = notice.address(of: alert) ?? notice.home
    return text
  }

  private func resolved(_ alert: Alert) -> NoticeText {
    var text = single(alert, kind: "resolved", headline: "✅ [RESOLVED] \(product)")
    text.body = "It no longer fires."
    text.facts.insert(NoticeText.Fact(name: "Was", value: alert.severity.name.oneLine), at: 0)
    return text
  }

  private func burst(_ alerts: [Alert]) -> NoticeText {
    let summary = "\(alerts.count.of("alert")): \(SeverityCounts(alerts).text)"
    var text = empty("burst", summary, headline: "🚨 [BURST] \(summary)")
    text.groups = group("", alerts.map(line))
    text.link = notice.home
    return text
  }

  private func digest(_ name: String, _ alerts: [Alert]) -> NoticeText {
    let counts = SeverityCounts(alerts).text(always: [.warning, .info])
    var text = empty("digest", "\(alerts.count.grouped) alert(s): \(counts)", headline: "📋 [DIGEST] \(product)")
    text.body = "The digest \"\(name)\" holds \(alerts.count.of("alert")): \(counts)."
    let bySeverity = Dictionary(grouping: alerts, by: \.severity).sorted { $0.key < $1.key }
    text.groups = bySeverity.flatMap { severity, members in
      let heading = "== \(severity.name.oneLine.uppercased()) (\(members.count.grouped)) =="
      return group(heading, members.map { entry($0, title: title(of: $0), detail: "") })
    }
    text.link = notice.home
    return text
  }

  private func followup(_ alerts: [Alert], ended: Int) -> NoticeText {
    let counts = SeverityCounts(alerts).text
    let summary = alerts.isEmpty ? "nothing still firing" : "\(alerts.count.grouped) still firing: \(counts)"
    var text = empty("follow-up", summary, headline: "⏳ [STILL FIRING] \(product)")
    let were = alerts.count == 1 ? "was held back and is" : "were held back and are"
    text.body = "\(alerts.count.of("alert")) \(were) still firing: \(counts)."
    if alerts.isEmpty { text.body = "Nothing that was held back is still firing." }
    if ended > 0 { text.body += " \(ended.grouped) more came and went meanwhile." }
    text.groups = group("", alerts.map { entry($0, title: line($0).title, detail: $0.detail.paragraphs) })
    text.link = notice.home
    return text
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
    let title = "\(alert.severity.emoji) \(alert.severity.name.oneLine): \(title(of: alert))"
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
