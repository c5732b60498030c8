// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy

/// The changing part of the cockpit, fetched again whenever something is new.
struct CockpitNow: Sendable {
  let facts: CockpitFacts
  /// The seal for its forms; nil for read-only callers.
  let seal: String?

  var html: HTML {
    let report = facts.report
    return """
      \(refusal)\(tiles)\(HoursChart(hours: facts.hours).html)
      \(section("Active alerts", count: report.summary.activeAlerts, facts.alerts.map(alert), "No active alerts."))
      \(section("Dead letters", count: report.deadCount, facts.dead.map(letter), "No undelivered messages."))
      \(section("Silences", count: report.silences.count, report.silences.map(silence), "No silences."))
      <div class="columns">
      \(section("Channels", count: report.channels.count, report.channels.map(channel), "None."))
      \(section("Sources", count: report.sources.count, report.sources.map(source), "None configured: alerts are pushed."))
      \(looks)
      \(section("Next", count: report.timers.count, report.timers.map(timer), "Nothing is scheduled."))
      \(section("Recent messages", count: facts.recent.count, facts.recent.map(message), "None yet."))
      </div>
      """
  }

  private var refusal: HTML {
    guard let refusal = facts.report.refusal else { return "" }
    let findings = refusal.findings.map { finding -> HTML in "<li>\(finding)</li>" }
    return """
      <section class="banner" role="alert"><p><strong>channels.json was rejected
      \(moment(refusal.at)).</strong> The previous version stays in force.</p><ul>\(findings)</ul></section>
      """
  }

  private var tiles: HTML {
    let standings = facts.report.summary.standings
    let tiles: [(name: String, count: Int, mark: String)] = [
      ("Active", facts.report.summary.activeAlerts, ""), ("Waiting", standings[.waiting] ?? 0, ""),
      ("Muted", standings[.muted] ?? 0, ""), ("Queued", facts.report.pendingCount, ""),
      ("Dead letters", facts.report.deadCount, "bad"),
      ("Failing channels", facts.report.channels.count { $0.circuit != nil }, "bad"),
    ]
    let drawn = tiles.map { tile -> HTML in
      let mark = tile.count == 0 ? "none" : tile.mark
      return "<div class=\"\(mark)\"><dt>\(tile.name)</dt><dd>\(tile.count)</dd></div>"
    }
    let said = "\(counted(tiles[0].count, "active alert")), \(counted(facts.report.deadCount, "dead letter"))."
    return "<dl class=\"tiles\" data-say=\"\(said)\">\(drawn)</dl>"
  }

  /// The investigations, as a section; empty if no investigator is configured.
  private var looks: HTML {
    guard let wake = facts.report.wake else { return "" }
    return
      "<section><h2>Investigations</h2><ul>\(line(wake.line(facts.time), isBad: wake.trouble != nil))</ul></section>"
  }

  private func section(_ title: String, count: Int, _ items: [HTML], _ none: String) -> HTML {
    let body: HTML = items.isEmpty ? "<p class=\"none\">\(none)</p>" : "<ul>\(items)</ul>"
    let rest: HTML = count > items.count ? "<p class=\"none\">Showing the first \(items.count) of \(count).</p>" : ""
    return "<section><h2>\(title) <span>\(count)</span></h2>\(body)\(rest)</section>"
  }

  private func moment(_ moment: Instant) -> HTML {
    "<time datetime=\"\(moment.iso8601)\" title=\"\(facts.time.local(moment))\">\(facts.time.relative(moment))</time>"
  }

  private func alert(_ story: AlertStory) -> HTML {
    let alert = story.record.alert
    let key = [("source", alert.source.name), ("id", alert.id)]
    let category: HTML = alert.category.isEmpty ? "" : " · \(alert.category)"
    let taken: HTML =
      story.record.acknowledgement.map { "<p class=\"taken\">Acknowledged by \($0.by) \(moment($0.at)).</p>" } ?? ""
    let acknowledge =
      story.record.acknowledgement == nil
      ? form("ack", "Acknowledge", key, isMain: true) : form("unack", "Withdraw acknowledgement", key)
    return """
      <li class="\(severity(alert.severity)) \(story.standing.rawValue)">
      <h3><span class="severity">\(alert.severity.name)</span>
      <a class="why cut" href="\(StoryPage.path(of: story.key))">\(alert.title)</a>
      <span class="standing">\(story.standing.badge)</span></h3>
      <p>\(story.sentence(facts.time))</p>\(taken)
      <p class="fine">\(alert.key.description)\(category) · fired \(moment(story.record.firedAt))</p>
      <div class="acts">\(acknowledge)\(form("silence", silencing(alert), key))</div></li>
      """
  }

  /// The label of the button that silences an alert and those of the same source and category.
  private func silencing(_ alert: Alert) -> String {
    let name = alert.category.isEmpty ? "alerts without a category" : alert.category
    // The page shows a part of the alerts only when there are many.
    guard facts.alerts.count == facts.report.summary.activeAlerts else { return "Silence \(name) for 1 hour" }
    let alike = facts.alerts.count {
      $0.record.alert.source == alert.source && $0.record.alert.category.isExactly(alert.category)
    }
    return "Silence \(name) for 1 hour (\(counted(alike, "alert")))"
  }

  /// The CSS class of a severity: one of four words, whatever the source wrote.
  private func severity(_ severity: Severity) -> String { severity.level.rawValue }

  private func letter(_ letter: DeliveryRecord) -> HTML {
    let id = [("id", letter.delivery.id.text)]
    return """
      <li class="dead"><h3>\(letter.delivery.content.subject)</h3>
      <p>\(letter.delivery.channel.name): \(letter.lastReason?.clause ?? "no reason recorded")</p>
      <p class="fine">failed \(moment(letter.settledAt ?? letter.createdAt))</p>
      <div class="acts">\(form("retry", "Retry", id, isMain: true))\(form("drop", "Discard", id))</div></li>
      """
  }

  private func silence(_ silence: Silence) -> HTML {
    """
    <li class="muted"><p>\(silence.line(facts.time))</p>
    <div class="acts">\(form("unsilence", "End", [("id", silence.id.text)]))</div></li>
    """
  }

  private func channel(_ state: StatusReport.ChannelState) -> HTML {
    line(state.line(facts.time), isBad: state.circuit != nil)
  }

  private func source(_ state: StatusReport.SourceState) -> HTML {
    line(state.line(facts.time), isBad: state.trouble(at: facts.time.now) != nil)
  }

  private func timer(_ timer: StatusReport.NextTimer) -> HTML { line(timer.line(facts.time), isBad: false) }

  private func message(_ record: DeliveryRecord) -> HTML {
    let reason = record.status == .withdrawn ? record.lastReason?.text ?? "" : ""
    return """
      <li\(mark(record.status == .dead))><p class="cut">\(record.delivery.content.subject)</p>
      <p class="fine">\(record.delivery.channel.name) · \(record.status.words)
      \(moment(record.settledAt ?? record.createdAt))\(reason.isEmpty ? "" : " · \(reason)")</p></li>
      """
  }

  /// A line of `belfry status`, without the topic that the heading above it names.
  private func line(_ line: StatusLine, isBad: Bool) -> HTML { "<li\(mark(isBad))><p>\(line.text)</p></li>" }

  private func mark(_ isBad: Bool) -> HTML { isBad ? " class=\"dead\"" : "" }

  private func form(_ action: String, _ label: String, _ fields: [(String, String)], isMain: Bool = false) -> HTML {
    guard let seal else { return "" }
    let hidden = (fields + [("seal", seal)]).map { name, value -> HTML in
      "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">"
    }
    let mark: HTML = isMain ? " class=\"primary\"" : ""
    return """
      <form class="act" method="post" action="/cockpit/\(action)">\(hidden)<button\(mark)>\(label)</button></form>
      """
  }
}

extension AlertStatus {
  /// As a badge beside an alert says it.
  fileprivate var badge: String {
    switch self {
    case .notified: "sent"
    case .dead: "not delivered"
    case .ended: "resolved"
    case .waiting, .muted, .dropped, .lost: rawValue
    }
  }
}

extension DeliveryRecord.Status {
  fileprivate var words: String {
    switch self {
    case .dead: "dead letter"
    case .dropped: "discarded"
    case .withdrawn: "not sent"
    case .pending, .delivered, .forwarded: rawValue
    }
  }
}
