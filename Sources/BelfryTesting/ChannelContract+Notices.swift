// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The notices that every channel must handle: each kind of content, with alerts that are unusual in every way known to
/// cause errors.
package enum ContractNotices {
  package static let plain = notice(.alert(alert("A disk is full", detail: "Nothing can be written.")))

  package static let all: [(name: String, notice: Notice)] = {
    let odd = oddTexts.flatMap { name, text in
      contents(of: alert(text)).map { (name: "a notice (\($0.kind)) with \(name)", notice: notice($0)) }
    }
    let many = (0..<10_000).map { alert("Alert \($0) <&> é", id: "\($0)") }
    let long = alert("Long", detail: String(repeating: "All work and no play. ", count: 4600))
    let large: [Notice.Content] = [
      .burst(many), .digest(name: "daily", many), .followup(many, ended: 7), .group(name: "a=b", many, firing: 9),
      .reminder(many),
    ]
    let empty: [Notice.Content] = [
      .burst([]), .digest(name: "", []), .followup([], ended: 0), .group(name: "", [], firing: 0), .reminder([]),
    ]
    return odd + contents(of: long).map { ("a \($0.kind) with 100 kB of detail", notice($0)) }
      + large.map { ("a \($0.kind) of 10,000 alerts", notice($0)) }
      + oddTexts.map { ("a notice with acknowledge links \($0.name)", linked($0.text)) }
      + empty.map { ("a \($0.kind) of no alerts", notice($0)) }
      + oddTexts.map { ("a notice whose delivery history is \($0.name)", travelled($0.text)) }
      + oddTexts.map { ("a notice whose template gives \($0.name)", templated($0.text)) }
      + oddTexts.map { ("a notice whose reason, route and product are \($0.name)", notice(around: $0.text)) }
  }()

  private static let oddTexts: [(name: String, text: String)] = [
    ("empty fields", ""),
    ("blank fields", " \t\n "),
    ("a word of 5 kB in each field", String(repeating: "x", count: 5_000)),
    ("10 kB of one accented letter", "e" + String(repeating: "\u{301}", count: 5_000)),
    ("control characters", String(String.UnicodeScalarView((0...0x9F).compactMap(Unicode.Scalar.init)))),
    ("a header injection", "x\r\nBcc: x@example.net\r\nX-Injected: 1\r\n\r\nbody"),
    ("bare line feeds", "x\nBcc: x@example.net\n\nX-Injected: 1\rReply-To: x@example.net"),
    ("a mail's end", "x\r\n.\r\nMAIL FROM:<x@example.net>\r\n"),
    ("markup", #"<!channel> <@U123> <https://x.test|y> *b* _i_ `c` </p><script>alert("1")</script> & &amp; ]]>"#),
    ("quotes and braces", #"" ' \ ${TOKEN} {{ .Title }} %s %00 $(id) `id`"#),
    ("an encoded word", "=?utf-8?B?eA==?= =?x"),
    ("emoji", "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿🇫🇷" + String(repeating: "🔥", count: 300)),
    ("text from right to left", "\u{202E}نص تنبيه خطير\u{2066} עברית"),
    ("what is not a character", "\u{FFFE}\u{FFFF}\u{10FFFF}\u{FEFF}\u{2028}\u{2029}\u{85}"),
    ("many lines", String(repeating: "line\n", count: 500)),
    ("a script as its link", "javascript:alert(1)"),
    ("a link that breaks out", #"https://example.com/"><script>|<x> y"#),
  ]

  private static func contents(of alert: Alert) -> [Notice.Content] {
    [
      .alert(alert), .burst([alert, alert]), .digest(name: alert.title, [alert]), .followup([alert], ended: 2),
      .group(name: alert.title, [alert, alert], firing: 5), .reminder([alert]), .reminder([alert, alert]),
      .flapping(alert), .resolved(alert), .test(alert),
    ]
  }

  /// An alert that is unusual in every field at once.
  private static func alert(_ text: String) -> Alert {
    Alert(
      source: SourceName(text),
      id: text,
      severity: Severity(text),
      category: text,
      title: text,
      detail: text,
      labels: [text: text],
      panel: text,
      link: text,
      firstSeen: text,
      annotations: [text: text, "runbook_url": text, "dashboard_url": "https://example.com/\(text)"],
      sourceLink: text
    )
  }

  private static func alert(_ title: String, id: String = "disk-7", detail: String = "") -> Alert {
    Alert(source: "app", id: id, severity: .critical, category: "disk_full", title: title, detail: detail)
  }

  private static func templated(_ text: String) -> Notice {
    var notice = notice(.alert(alert("A disk is full")))
    notice.custom = CustomText(title: text, body: text, fields: [NoticeText.Fact(name: text, value: text)])
    return notice
  }

  private static func notice(_ content: Notice.Content) -> Notice {
    Notice(
      delivery: DeliveryID("0199c5a0-0000-7000-8000-000000000001"),
      channel: "contract",
      content: content,
      reason: "newly firing",
      route: "routes[0]",
      sentAt: Instant(seconds: 1_795_424_707)
    )
  }

  /// A notice that was refused with its formatting, that waited, and that another channel could not deliver.
  private static func travelled(_ text: String) -> Notice {
    var notice = plain
    let reason = Verdict.Reason(text, text)
    notice.refusal = reason
    notice.delay = Notice.Delay(.seconds(4000), because: text)
    notice.forwardings = [Notice.Forwarding(from: ChannelName(text), because: reason, since: notice.sentAt)]
    return notice
  }

  /// A notice with the most links that a message can have, each as long as possible.
  private static func linked(_ text: String) -> Notice {
    let alerts = (0..<5).map { Alert(source: "app", id: "\($0)", severity: Severity(text), title: text) }
    var notice = notice(.group(name: text, alerts, firing: 5))
    notice.product = text
    notice.acknowledging = Notice.Acknowledging(home: "https://belfry.example.com")
    for alert in alerts {
      let link = "https://belfry.example.com/ack/" + String(repeating: alert.id, count: 469)
      notice.acknowledging?.links[alert.key] = link
    }
    return notice
  }

  private static func notice(around text: String) -> Notice {
    Notice(
      delivery: DeliveryID(text),
      channel: ChannelName(text),
      content: .resolved(plain.alerts[0]),
      reason: text,
      route: text,
      sentAt: Instant(seconds: 1_795_424_707),
      product: text,
      cockpit: text,
      earlier: [Receipt(["message-id": text, "ts": text, "channel": text])]
    )
  }
}
