// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger

/// The cockpit as HTML that reads without a script.
struct CockpitPage: Sendable {
  let facts: CockpitFacts
  /// What its forms are sealed with; nil for those who may only read.
  let seal: String?

  var document: HTML {
    """
    <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Belfry</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="/cockpit.css"><script src="/cockpit.js" defer></script></head>
    <body><header><h1>Belfry</h1></header><main id="now" aria-live="polite">\(fragment)</main></body></html>
    """
  }

  /// What changes: fetched again whenever there is something new.
  var fragment: HTML {
    """
    \(section("Active alerts", count: facts.summary.activeAlerts, facts.alerts.map(alert)))
    \(section("Dead letters", count: facts.dead.count, facts.dead.map(letter)))
    \(section("Silences", count: facts.silences.count, facts.silences.map(silence)))
    \(section("Channels", count: facts.channels.count, channels))
    \(section("Sources", count: facts.sources.count, facts.sources.map(source)))
    \(section("Next", count: facts.summary.nextTimers.count, facts.summary.nextTimers.map(timer)))
    """
  }

  private func section(_ title: String, count: Int, _ items: [HTML]) -> HTML {
    let body: HTML = items.isEmpty ? "<p class=\"none\">None.</p>" : "<ul>\(items)</ul>"
    let rest: HTML = count > items.count ? "<p>The first \(items.count) of \(count) are shown.</p>" : ""
    return "<section><h2>\(title) <span>\(count)</span></h2>\(body)\(rest)</section>"
  }

  private func alert(_ shown: CockpitFacts.Standing) -> HTML {
    let alert = shown.record.alert
    let key = [("source", alert.source.name), ("id", alert.id)]
    let taken: HTML =
      shown.record.acknowledgement.map { "<p>Acknowledged by \($0.by) at \($0.at.iso8601).</p>" }
      ?? form("ack", "Acknowledge", key)
    return """
      <li class="\(shown.standing.rawValue)"><p><strong>\(alert.title)</strong></p>
      <p>\(alert.severity.name) · \(alert.key.description) · since \(shown.record.firedAt.iso8601)</p>
      <p><b>\(shown.standing.rawValue)</b> \(shown.reason)</p>
      \(taken)\(form("silence", "Silence its kind for 1 hour", key))</li>
      """
  }

  private func letter(_ letter: DeliveryRecord) -> HTML {
    let id = [("id", letter.delivery.id.text)]
    return """
      <li class="dead"><p><strong>\(letter.delivery.content.subject)</strong></p>
      <p>\(letter.delivery.channel.name): \(letter.lastReason?.clause ?? "no reason recorded")</p>
      \(form("retry", "Retry", id))\(form("drop", "Drop", id))</li>
      """
  }

  private func silence(_ silence: Silence) -> HTML {
    """
    <li><p>\(silence.shown)</p><p>\(silence.from.iso8601) to \(silence.until.iso8601)</p>
    \(form("unsilence", "End", [("id", silence.id.text)]))</li>
    """
  }

  private var channels: [HTML] {
    facts.channels.sorted { $0.key < $1.key }.map { name, health in
      let counts = DeliveryRecord.Status.allCases.compactMap { status in
        health.counts[status].map { "\($0) \(status.rawValue)" }
      }
      let circuit = facts.circuits.first { $0.channel == name }
      let state =
        circuit.map { "fails since \($0.since.iso8601), is tried again \($0.until.iso8601): \($0.reason.clause)" }
        ?? counts.joined(separator: ", ")
      let mark: HTML = circuit == nil ? "" : " class=\"dead\""
      return "<li\(mark)><p><strong>\(name.name)</strong> \(state)</p></li>"
    }
  }

  private func source(_ note: SourceNote) -> HTML {
    let state = note.trouble.map { "cannot be read since \($0.since.iso8601): \($0.reason)" } ?? "\(note.active) active"
    let mark: HTML = note.trouble == nil ? "" : " class=\"dead\""
    return "<li\(mark)><p><strong>\(note.name.name)</strong> \(state)</p></li>"
  }

  private func timer(_ timer: LedgerSummary.Timer) -> HTML {
    "<li><p>\(timer.due.iso8601) \(timer.key.description)</p></li>"
  }

  private func form(_ action: String, _ label: String, _ fields: [(String, String)]) -> HTML {
    guard let seal else { return "" }
    let hidden = (fields + [("seal", seal)]).map { name, value -> HTML in
      "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">"
    }
    return "<form method=\"post\" action=\"/cockpit/\(action)\">\(hidden)<button>\(label)</button></form>"
  }
}
