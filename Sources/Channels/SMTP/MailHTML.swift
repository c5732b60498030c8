// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A notice as an HTML page for mail: one column that fits a phone, with inline styles because mail readers drop the
/// rest.
struct MailHTML {
  /// The meaning of the colour at the top.
  enum Tone {
    case good
    case bad(Severity)
  }

  private let words: NoticeText
  private let tone: Tone

  init(_ words: NoticeText, tone: Tone) {
    self.words = words
    self.tone = tone
  }

  var page: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(words.subject.htmlEscaped)</title>
    </head>
    <body style="margin:0;padding:12px;background:#f3f4f6;color:#1f2328;\(font)">
    <div style="max-width:600px;margin:0 auto;padding:16px 20px;background:#ffffff;border-top:6px solid \(accent)">
    \(content.filter { !$0.isEmpty }.joined(separator: "\n"))
    </div>
    </body>
    </html>

    """
  }

  private var font: String { "font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif" }

  private var content: [String] {
    [
      paragraph(words.headline, style: "margin:0 0 4px;font-weight:bold;color:\(accent)"),
      words.title.isEmpty
        ? "" : "<h1 dir=\"auto\" style=\"margin:0 0 12px;font-size:20px\">\(words.title.htmlEscaped)</h1>",
      paragraph(words.body, style: "margin:0 0 12px;white-space:pre-wrap;overflow-wrap:anywhere"),
    ] + words.groups.map(group) + [
      paragraph(words.omission, style: "margin:0 0 12px"),
      facts(words.facts),
      words.link.map { "<p style=\"margin:12px 0\">\(anchor($0, words.linkLabel))</p>" } ?? "",
      acknowledgements,
      paragraph(words.why, style: "margin:16px 0 0;font-size:13px;color:#59636e"),
    ]
  }

  private func group(_ group: NoticeText.Group) -> String {
    let heading =
      group.heading.isEmpty ? "" : "<h2 style=\"margin:16px 0 8px;font-size:16px\">\(group.heading.htmlEscaped)</h2>\n"
    return heading + group.entries.map(entry).joined(separator: "\n")
  }

  private func entry(_ entry: NoticeText.Entry) -> String {
    let title = entry.link.map { anchor($0, entry.title) } ?? entry.title.htmlEscaped
    let below = [
      paragraph(entry.detail, style: "margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere"), facts(entry.facts),
    ]
    return """
      <div style="margin:0 0 10px;padding:2px 0 2px 12px;border-left:4px solid \(color(entry.severity))">
      \((["<div dir=\"auto\">\(title)</div>"] + below).filter { !$0.isEmpty }.joined(separator: "\n"))
      </div>
      """
  }

  private func facts(_ facts: [NoticeText.Fact]) -> String {
    guard !facts.isEmpty else { return "" }
    let lines = facts.map { "\($0.name.htmlEscaped): <span dir=\"auto\">\($0.value.htmlEscaped)</span>" }
    let style = "margin:0;font-size:14px;color:#59636e;overflow-wrap:anywhere"
    return "<p style=\"\(style)\">\n\(lines.joined(separator: "<br>\n"))\n</p>"
  }

  private var acknowledgements: String {
    let links = words.acknowledgements.map { anchor($0.url, $0.name) }
    return links.isEmpty ? "" : "<p dir=\"auto\" style=\"margin:12px 0\">\(links.joined(separator: "<br>\n"))</p>"
  }

  private func paragraph(_ text: String, style: String) -> String {
    text.isEmpty ? "" : "<p dir=\"auto\" style=\"\(style)\">\(text.htmlEscaped)</p>"
  }

  private func anchor(_ url: String, _ label: String) -> String {
    "<a href=\"\(url.htmlEscaped)\" style=\"color:#0550ae\">\(label.htmlEscaped)</a>"
  }

  private var accent: String {
    switch tone {
    case .good: "#1a7f37"
    case .bad(let severity): color(severity)
    }
  }

  /// The colour of a severity; each is legible on white (WCAG 2.2, contrast of 4.5 or more).
  private func color(_ severity: Severity) -> String {
    switch severity.level {
    case .critical: "#b42318"
    case .warning: "#8a5a00"
    case .info: "#175cd3"
    case .other: "#57606a"
    }
  }
}
