// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("A notice in words")
struct NoticeTextTests {
  private static let sentAt = Instant(seconds: 1_795_424_707)
  private static let cost = Alert(
    id: "1",
    severity: .critical,
    category: "cost_ladder",
    title: "Costs rise",
    detail: "By half.",
    link: "/costs",
    firstSeen: "2026-11-23T09:02:00Z"
  )
  private static let slow = Alert(id: "2", severity: .warning, title: "Slow", panel: "Latency")
  private static let odd = Alert(source: "app", id: "3", severity: Severity("notice"), title: "")

  private func text(
    _ content: Notice.Content,
    flags: [AlertKey: Notice.AlertFlags] = [:],
    reason: String = "",
    route: String = "",
    cockpit: String = "",
    times: NoticeText.Times = .relative
  ) -> NoticeText {
    let notice = Notice(
      delivery: DeliveryID("d"),
      channel: "c",
      content: content,
      flags: flags,
      reason: reason,
      route: route,
      sentAt: Self.sentAt,
      product: "Kora",
      cockpit: cockpit
    )
    return NoticeText(notice, times: times)
  }

  @Test("says how long a resolved alert fired, and how often a flapping one changed")
  func durations() {
    let fired = Notice.AlertFlags(isResolved: true, firedFor: .seconds(14 * 60 + 59))
    #expect(text(.resolved(Self.cost), flags: [Self.cost.key: fired]).body == "Resolved after 14 min.")
    #expect(text(.resolved(Self.cost)).body == "This alert has resolved.")
    let changes = Notice.AlertFlags.Changes(count: 5, period: .seconds(20))
    let flags = [Self.slow.key: Notice.AlertFlags(isFlapping: true, changes: changes)]
    let expected = "This alert is flapping (5 changes in 20 s): it keeps firing and resolving."
    #expect(text(.flapping(Self.slow), flags: flags).body.hasPrefix(expected))
  }

  @Test(
    "gives a duration in its two largest units, rounded down",
    arguments: [
      (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (12_059, "3 h 20 min"),
      (86_400, "1 d"), (187_199, "2 d 3 h"), (-5, "0 s"),
    ]
  )
  func spoken(seconds: Int, expected: String) {
    #expect(Duration.seconds(seconds).spoken == expected)
  }

  @Test("describes an alert: what, how severe, where from, since when")
  func alert() {
    let expected = """
      🔴 [CRITICAL] Kora
      Costs rise

      By half.

      Source: /costs
      First seen: 3m ago
      """
    #expect(text(.alert(Self.cost)).plain == expected)
    #expect(text(.alert(Self.cost)).subject == "[Kora alert] critical: Costs rise")
  }

  @Test("contains in a mail what the subject does not, with times as written")
  func mail() {
    let expected = """
      By half.

      Source: /costs
      First seen: 2026-11-23T09:02:00Z
      Open in Kora: https://kora.test/costs

      Why: newly firing · routes[0]
      """
    let text = text(
      .alert(Self.cost),
      reason: "newly firing",
      route: "routes[0]",
      cockpit: "https://kora.test",
      times: .asWritten
    )
    #expect(text.plainBody == expected)
  }

  @Test("omits what an alert does not have")
  func bare() {
    #expect(text(.alert(Self.odd)).plain == "⚪️ [NOTICE] Kora\n3\n\nSource: app\nFirst seen: (unknown)")
    #expect(text(.alert(Self.slow)).plain == "🟡 [WARNING] Kora\nSlow\n\nSource: Latency\nFirst seen: (unknown)")
  }

  @Test("has one line per alert of a burst")
  func burst() {
    let expected = """
      🚨 [BURST] 3 alerts: 1 critical, 1 warning, 1 notice

      🔴 critical: Costs rise
      🟡 warning: Slow
      ⚪️ notice: 3

      Open in Kora: https://kora.test
      """
    #expect(text(.burst([Self.cost, Self.slow, Self.odd]), cockpit: "https://kora.test").plain == expected)
  }

  @Test(
    "counts warnings and infos in a digest's subject, and others if there are any",
    arguments: [
      ([slow], "1 alert: 1 warning, 0 info"),
      ([], "0 alerts: 0 warning, 0 info"),
      ([cost, slow, slow], "3 alerts: 1 critical, 2 warning, 0 info"),
      ([slow, odd], "2 alerts: 1 warning, 0 info, 1 notice"),
    ]
  )
  func digestSubject(alerts: [Alert], expected: String) {
    #expect(text(.digest(name: "daily", alerts)).subject == "[Kora digest] \(expected)")
  }

  @Test("groups a digest by severity, most severe first")
  func digest() {
    let expected = """
      The digest "daily" contains 2 alerts: 1 critical, 1 warning, 0 info.

      == CRITICAL (1) ==

      Costs rise
        Category: cost_ladder
        First seen: 3m ago
        Source: /costs

      == WARNING (1) ==

      Slow
        First seen: (unknown)
        Source: Latency
      """
    #expect(text(.digest(name: "daily", [Self.slow, Self.cost])).plainBody == expected)
  }

  @Test("lists in a follow-up everything that was held back")
  func followup() {
    let expected = """
      ⏳ [STILL FIRING] Kora

      1 alert that was held back is still firing: 1 critical. 2 more fired and resolved in the meantime.

      🔴 critical: Costs rise
        Category: cost_ladder
        First seen: 3m ago
        Source: /costs
        By half.
      """
    #expect(text(.followup([Self.cost], ended: 2)).plain == expected)
    #expect(text(.followup([Self.cost], ended: 2)).subject == "[Kora follow-up] 1 still firing: 1 critical")
  }

  @Test("marks a resolved alert and a test as such")
  func resolvedAndTest() {
    #expect(text(.resolved(Self.cost)).headline == "✅ [RESOLVED] Kora")
    #expect(text(.resolved(Self.cost)).subject == "[Kora resolved] critical: Costs rise")
    #expect(text(.test(Self.cost)).headline == "🔴 [CRITICAL] Kora · test")
    #expect(text(.test(Self.cost)).subject == "[Kora test] critical: Costs rise")
  }

  @Test(
    "contains links to the web and under the cockpit, and no others",
    arguments: [
      ("/a/b?c=1", "https://k.test/ui", "https://k.test/ui/a/b?c=1"),
      ("a", "https://k.test", "https://k.test/a"),
      ("//evil.test", "https://k.test", "https://k.test/evil.test"),
      ("../../evil", "https://k.test/ui", "https://k.test/ui/evil"),
      ("a/../../../evil?q=../x", "https://k.test/ui", "https://k.test/ui/evil?q=../x"),
      ("a/./b/../c#../d", "https://k.test/ui", "https://k.test/ui/a/c#../d"),
      ("%2e%2E/.%2e/evil", "https://k.test/ui", "https://k.test/ui/evil"),
      (#"..\..\evil"#, "https://k.test/ui", "https://k.test/ui/evil"),
      ("..%2f..%5Cevil", "https://k.test/ui", "https://k.test/ui/evil"),
      ("a/..//..//../evil.test", "https://k.test/ui", "https://k.test/ui/evil.test"),
      ("..", "https://k.test/ui", "https://k.test/ui/"),
      ("a%2fb/..c/d..", "https://k.test/ui", "https://k.test/ui/a%2fb/..c/d.."),
      ("https://g.test/d?x=1&y=2#z", "", "https://g.test/d?x=1&y=2#z"),
      ("HTTPS://g.test", "", "HTTPS://g.test"),
      (#"https://g.test/"><script>|é"#, "", "https://g.test/%22%3E%3Cscript%3E%7C%C3%A9"),
      ("/a", "", nil),
      ("javascript:alert(1)", "https://k.test", nil),
      ("https:evil", "https://k.test", nil),
      ("ftp://x", "", nil),
      ("", "https://k.test", nil),
      ("/a", "javascript:x", nil),
    ] as [(String, String, String?)]
  )
  func links(link: String, cockpit: String, expected: String?) {
    let alert = Alert(id: "1", severity: .info, title: "T", link: link)
    let notice = Notice(
      delivery: DeliveryID("d"),
      channel: "c",
      content: .alert(alert),
      sentAt: Self.sentAt,
      cockpit: cockpit
    )
    #expect(notice.address(of: alert) == expected)
  }

  @Test("fits the limits of a service, and counts what did not fit", arguments: [1000, 4000, 8500])
  func fitting(limit: Int) {
    let many = (0..<2000).map { Alert(id: "\($0)", severity: .warning, title: "Alert \($0)", link: "/\($0)") }
    let long = String(repeating: "word ", count: 5000)
    let alert = Alert(id: long, severity: Severity(long), title: long, detail: long, link: long, firstSeen: long)
    let contents: [Notice.Content] = [
      .burst(many), .digest(name: long, many), .followup(many, ended: 1), .alert(alert),
    ]
    for content in contents {
      let fitted = text(content, reason: long, route: long).fitted(to: limit)
      #expect(fitted.plain.utf16.count <= limit, "\(content.kind)")
      let sent = fitted.groups.reduce(0) { $0 + $1.entries.count }
      if case .alert = content { #expect(fitted.body.contains("more characters")) } else { #expect(sent > 0) }
      #expect(fitted.groups.isEmpty || fitted.omitted + sent == 2000, "\(content.kind)")
    }
  }

  @Test("fits into a short message, which begins with its title or its headline", arguments: [20, 70, 160, 280, 999])
  func brief(limit: Int) {
    let long = String(repeating: "<word> ", count: 2000)
    let alert = Alert(id: "1", severity: .critical, title: "Disk full", detail: long, link: "/disks")
    let longer = Alert(id: "2", severity: .critical, title: long, detail: long, link: long)
    for content: Notice.Content in [.alert(alert), .alert(longer), .burst(Array(repeating: longer, count: 50))] {
      for cost in [TextCost.utf16, .html] {
        let fitted = text(content, reason: long, route: long).fitted(to: limit, measuring: cost)
        #expect(cost.of(fitted.plain) <= limit, "\(content.kind)")
        #expect(!fitted.title.isEmpty)
      }
    }
    #expect(text(.alert(alert), reason: long, route: long).fitted(to: limit).title == "Disk full")
  }

  @Test("keeps as much of a short message as fits")
  func briefParts() {
    let alert = Alert(
      id: "1",
      severity: .critical,
      title: "Disk full",
      detail: String(repeating: "db1 ", count: 300),
      link: "https://e.com/1"
    )
    let fitted = text(.alert(alert), reason: "r", route: "routes[1]").fitted(to: 280)
    #expect(fitted.plain.contains("CRITICAL"))
    #expect(fitted.link == "https://e.com/1")
    #expect(fitted.body.hasPrefix("db1 db1"))
  }

  @Test("stays unchanged if it fits")
  func untouched() {
    let whole = text(.digest(name: "daily", [Self.cost, Self.slow]), reason: "r", route: "routes[1]")
    #expect(whole.fitted(to: 4000) == whole)
  }
}
