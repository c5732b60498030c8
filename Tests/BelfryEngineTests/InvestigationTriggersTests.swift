// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryConfiguration
import BelfryEngine
import BelfryTestKit
import Testing

@Suite("Rows of the audit log that wake an investigator")
struct InvestigationTriggersTests {
  private let start = Instant(seconds: 1_800_000_000)

  private func lines(_ rows: [any AuditEntry]) -> [ArraySlice<UInt8>] {
    var writer = JSONWriter()
    for row in rows { row.encode(into: &writer) }
    return writer.bytes.split(separator: UInt8(ascii: "\n"))
  }

  private func row(_ content: Notice.Content, _ channel: ChannelName = "dm", error: String? = nil) -> AuditRow {
    AuditRow(emittedAt: start, channel: channel, content: content, error: error)
  }

  private func waking(_ rows: [AuditRow], takesAlerts: Bool = true) -> [String] {
    var triggers = InvestigationTriggers(rules: InvestigationRules(debounce: .zero), takesAlerts: takesAlerts)
    return triggers.take(lines(rows)).waking.map(\.key)
  }

  @Test("include a sent alert, by category and severity, and only once whatever the number of channels")
  func alerts() {
    let sent = row(.alert(alert("a", category: "disk")))
    #expect(waking([sent]) == ["alert:disk:critical"])
    #expect(waking([sent], takesAlerts: false) == [])
    #expect(waking([sent, row(.alert(alert("a", category: "disk")), "mail")]).count == 1)
    #expect(waking([sent, sent]).count == 2)
  }

  @Test("are critical by the row of the file's severities that their word is in")
  func ranked() {
    var rules = InvestigationRules(debounce: .seconds(600), letsCriticalThrough: true, required: 2)
    rules.severities = SeverityScale([["page", "p1"], ["error"]])
    var triggers = InvestigationTriggers(rules: rules, takesAlerts: true)
    for (word, count) in [("p1", 1), ("critical", 1), ("error", 0), ("odd", 0)] {
      let sent = row(.alert(alert(word, Severity(word), category: word)))
      #expect(triggers.take(lines([sent])).waking.count == count, "\(word)")
    }
  }

  @Test(
    "exclude deliveries that the ledger settled, which are read there, but not another program's",
    arguments: [true, false]
  )
  func settled(isOurs: Bool) {
    var sent = row(.alert(alert("a", category: "disk")))
    if isOurs { sent.attempt = DeliveryAttempt(delivery: DeliveryID("d1"), number: 1) }
    var writer = JSONWriter()
    sent.encode(into: &writer)
    var chain = RowChain(after: ChainEnd(number: 0, hash: String(repeating: "0", count: 64)), isStated: false)
    let line = chain.extend(writer.bytes).split(separator: UInt8(ascii: "\n"))
    var triggers = InvestigationTriggers(rules: InvestigationRules(debounce: .zero), takesAlerts: true)
    #expect(triggers.take(line).waking.count == (isOurs ? 0 : 1))
  }

  @Test("distinguish alerts whose IDs Swift calls equal and whose bytes differ, also after a restart")
  func exactIdentity() {
    let rows = ["café", "cafe\u{301}", "\u{301}"].map { row(.alert(alert($0, category: $0))) }
    var triggers = InvestigationTriggers(rules: InvestigationRules(debounce: .zero), takesAlerts: true)
    let first = triggers.take(lines(rows))
    #expect(first.waking.count == 3)
    var next = InvestigationTriggers(
      rules: InvestigationRules(debounce: .zero),
      takesAlerts: true,
      kept: first.kept.compactMapValues(\.self)
    )
    let again = ["café", "cafe\u{301}", "\u{301}"].map { row(.alert(alert($0, category: $0)), "mail") }
    #expect(next.take(lines(again)).waking.isEmpty, "the same notification on another channel is not a new event")
  }

  @Test("exclude messages that failed, or are about many alerts, a resolution or an investigation")
  func others() {
    let one = alert("a")
    var answer = one
    answer.source = .belfry
    answer.id = "wake:alert:disk:critical"
    let rows = [
      row(.alert(one), error: "http_500"), row(.resolved(one)), row(.flapping(one)), row(.burst([one, one])),
      row(.digest(name: "daily", [one])), row(.reminder([one])), row(.alert(answer)),
    ]
    #expect(waking(rows) == [])
  }

  @Test("are counted across a restart")
  func kept() {
    let request = InvestigationRequestRow(
      emittedAt: start,
      probe: "web",
      severity: .warning,
      category: "down",
      title: "web",
      detail: "",
      snapshot: [:]
    )
    var triggers = InvestigationTriggers(rules: InvestigationRules(), takesAlerts: true)
    let first = triggers.take(lines([request]))
    #expect(first.waking.isEmpty)
    var next = InvestigationTriggers(
      rules: InvestigationRules(),
      takesAlerts: true,
      kept: first.kept.compactMapValues(\.self)
    )
    let second = next.take(lines([request]))
    #expect(second.waking.map(\.key) == ["probe:web:down"])
    var last = InvestigationTriggers(
      rules: InvestigationRules(),
      takesAlerts: true,
      kept: second.kept.compactMapValues(\.self)
    )
    #expect(last.take(lines([request, request])).waking.isEmpty)
  }

  @Test("are read back as events unchanged, whatever their text")
  func roundTrip() {
    let event = InvestigationEvent(
      InvestigationRequestRow(
        emittedAt: start,
        probe: "w\"eb",
        severity: Severity("odd"),
        category: "c",
        title: "a\nb",
        detail: "{\"event\":1}",
        snapshot: ["k": "v"]
      )
    )
    #expect(InvestigationEvent(json: String(decoding: event.json, as: UTF8.self)) == event)
    #expect(InvestigationEvent(json: "{}") == nil)
  }
}
