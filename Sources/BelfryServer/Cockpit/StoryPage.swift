// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy

/// The output of `belfry why` for one alert, as a page.
struct StoryPage: Sendable {
  let story: AlertStory
  let time: TimeText
  let notes: RuleNotes

  var document: HTML {
    let alert = story.record.alert
    let detail: HTML = alert.detail.isEmpty ? "" : "<p class=\"detail\">\(alert.detail)</p>"
    return PageFrame.document(
      title: alert.title,
      """
      <main><h2>\(alert.title)</h2><p>\(story.sentence(time))</p>\(detail)\(links)
      <pre tabindex="0">\(story.lines(time, notes).dropFirst().map(line))</pre></main>
      """
    )
  }

  /// The links of the alert; each is an absolute URL.
  private var links: HTML {
    let links = story.links.named.filter { !$0.url.isEmpty }
    if links.isEmpty { return "" }
    return "<p class=\"links\">\(links.map(anchor))</p>"
  }

  private func anchor(_ link: (name: String, url: String)) -> HTML {
    "<a href=\"\(link.url)\" rel=\"noopener noreferrer\">\(link.name)</a> "
  }

  /// One element per line, so that a wrapped line is indented under its beginning.
  private func line(_ line: StoryLine) -> HTML {
    let inner: HTML = line.isInner ? " class=\"inner\"" : ""
    return "<span\(inner)>\(line.description)\n</span>"
  }

  /// The path of an alert's page.
  ///
  /// Everything except letters and digits is escaped: an ID may contain a slash, a question mark, anything.
  static func path(of key: AlertKey) -> String {
    var path = "/alerts/"
    for byte in key.description.utf8 {
      let character = Character(Unicode.Scalar(byte))
      if character.isASCII, character.isLetter || character.isNumber || "-_.~".contains(character) {
        path.append(character)
      } else {
        path += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return path
  }
}

/// The configuration in force, as a page.
struct ConfigurationPage: Sendable {
  let text: String
  let version: ConfigurationVersion?
  let time: TimeText

  var document: HTML {
    let since = version.map { "Version \($0.number), in force since \(time.full($0.since)) (\($0.cause))." }
    return PageFrame.document(
      title: "Configuration",
      """
      <main><h2>Current configuration</h2><p>\(since ?? "It is not stored in the ledger yet.")</p>
      <p>Secrets are not shown. <code>belfry config log</code> lists earlier versions.</p>
      <pre tabindex="0">\(text)</pre></main>
      """
    )
  }
}
