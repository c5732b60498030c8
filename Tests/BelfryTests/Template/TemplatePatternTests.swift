// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Testing

/// The patterns of the page about templates: the text of each for every kind of message is in `Golden`.
///
/// `BELFRY_RECORD=1` rewrites those.
@Suite("The patterns of the page about templates")
struct TemplatePatternTests {
  /// Every kind of message, with typical alerts; and some with alerts that have little, or that are many.
  private static let notices: [(name: String, notice: Notice)] = {
    let now = Instant(seconds: 1_795_424_707)
    let bare = [Alert(source: "app", id: "1", severity: .warning, title: "A title")]
    let many = (1...12).flatMap { index in
      NoticeSample.alerts(at: now).map { alert in
        var copy = alert
        copy.id = "\(index)-\(alert.id)"
        copy.title += " (\(index))"
        return copy
      }
    }
    let kinds = NoticeSample.allCases.map { ($0.rawValue, $0.notice()) }
    return kinds + [
      ("alert without labels", NoticeSample.alert.notice(of: bare)),
      ("resolved without labels", NoticeSample.resolved.notice(of: bare)),
      ("group of 36", NoticeSample.group.notice(of: many)),
    ]
  }()

  @Test("are fifteen")
  func count() {
    #expect(TemplatePattern.all.count == 15)
    #expect(Set(TemplatePattern.all.map(\.name)).count == 15)
  }

  @Test("make a text for every kind of message", arguments: TemplatePattern.all.map(\.name))
  func texts(name: String) throws {
    let (read, findings) = try #require(TemplatePattern.all.first { $0.name == name }).read()
    #expect(findings.map(\.text) == [])
    let template = try #require(read)
    var lines: [String] = []
    for (name, notice) in Self.notices {
      var notice = notice
      let custom = template.text(for: notice)
      #expect(custom.trouble == nil, "\(name)")
      notice.custom = custom
      let text = NoticeText(notice, times: .asWritten)
      lines.append("── \(name)")
      if custom.title != nil { lines.append(text.headline) }
      if custom.body != nil { lines.append(text.main) }
      if custom.fields != nil { lines += text.facts.map(\.line) }
    }
    try Golden().check(Array((lines.joined(separator: "\n") + "\n").utf8), as: "pattern-\(name).txt")
  }
}
