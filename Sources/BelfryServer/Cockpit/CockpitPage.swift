// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The cockpit as HTML that works without a script.
struct CockpitPage: Sendable {
  /// The changing part.
  let now: HTML
  /// The seal for its forms; nil for read-only callers.
  let seal: String?
  /// Whether the caller signed in, and so can sign out.
  let canLeave: Bool
  /// The severities to choose from.
  var severities = Severity.known

  var document: HTML {
    let leave: HTML =
      canLeave ? "<form method=\"post\" action=\"/logout\"><button class=\"quiet\">Sign out</button></form>" : ""
    return PageFrame.document(
      title: "Cockpit",
      header: """
        <p id="live" role="status"></p><nav><a class="why" href="/config">Configuration</a>\(leave)</nav>
        """,
      """
      <main><p id="say" role="status" aria-live="polite"></p><div id="now">\(now)</div>\(silencing)</main>
      <dialog id="why" aria-label="Details"><button class="quiet close">Close</button><div></div></dialog>
      """
    )
  }

  /// A form outside of the changing part, so that typed text is not lost.
  private var silencing: HTML {
    guard let seal else { return "" }
    let severities = severities.map { severity -> HTML in "<option>\(severity.name)</option>" }
    let durations = SilenceForm.durations.map { seconds, name -> HTML in
      "<option value=\"\(seconds)\">\(name)</option>"
    }
    return """
      <details id="silencing"><summary>New silence</summary>
      <form class="act fields" method="post" action="/cockpit/silence-these">
      <input type="hidden" name="seal" value="\(seal)">
      <label>Source <input name="source" placeholder="any" autocomplete="off"></label>
      <label>Category <input name="category" placeholder="any" autocomplete="off"></label>
      <label>Severity <select name="severity"><option value="">any</option>\(severities)</select></label>
      <label>Label <input name="label" placeholder="team=web" autocomplete="off"></label>
      <label>Duration <select name="for">\(durations)</select></label>
      <label>Reason <input name="comment" maxlength="300" autocomplete="off"></label>
      <button class="primary">Silence</button></form></details>
      """
  }
}
