// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTesting
import Testing

@Suite("Kora's cycle")
struct CycleParityTests {
  @Test(
    "sends each severity to its channel",
    arguments: [
      (Severity.critical, "slack_dm: 🔴 [CRITICAL] Kora"), (.warning, "slack_dm: 🟡 [WARNING] Kora"),
      (.info, "email: [Kora alert] info: Title of a"), (Severity("odd"), "slack_dm: ⚪️ [ODD] Kora"),
    ]
  )
  func severities(severity: Severity, expected: String) async throws {
    let kora = try await Kora()
    try await kora.cycle(.kora("a", severity))
    #expect(kora.sent() == [expected])
  }

  @Test("sends new alerts, all of them in the first cycle, and nothing twice")
  func difference() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_CATEGORY_COOLDOWN_SEC": "0"])
    let first = try await kora.cycle(.kora("a"), .kora("b"))
    #expect(first.counts == Counts(active: 2, firing: 2, notified: 2))
    #expect(kora.sent().count == 2)
    let same = try await kora.cycle(.kora("a"), .kora("b"))
    #expect(same.counts == Counts(active: 2))
    #expect(kora.sent() == [])
    let changed = try await kora.cycle(.kora("b"), .kora("c"))
    #expect(changed.counts == Counts(active: 2, firing: 1, resolved: 1, notified: 1))
    #expect(kora.sent() == ["slack_dm: 🟡 [WARNING] Kora"])
    let again = try await kora.cycle(.kora("a"), .kora("b"), .kora("c"))
    #expect(again.counts == Counts(active: 3, firing: 1, notified: 1))
  }

  @Test("orders new alerts by severity rank, then by ID")
  func order() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_BURST_THRESHOLD": "9"])
    try await kora.cycle(
      .kora("b", .info, "1"),
      .kora("z", .critical, "2"),
      .kora("a", Severity("odd"), "3"),
      .kora("d", .warning, "4"),
      .kora("c", .warning, "5"),
      .kora("a2", .critical, "6")
    )
    let rows = await kora.rows().map(\.alertID)
    // Two channels work in parallel; each has its own messages in order.
    #expect(rows.filter { $0 != "b" } == ["a2", "z", "c", "d", "a"])
    #expect(rows.contains("b"))
  }

  @Test(
    "sends a category once within its cooldown, from the attempt on, even if the attempt failed",
    arguments: [true, false]
  )
  func cooldown(isWell: Bool) async throws {
    let kora = try await Kora { outgoing in
      isWell ? ScriptedTransport.accept(outgoing) : .failed(TransportFailure(.notConnected, "refused"))
    }
    try await kora.cycle(.kora("a"))
    #expect(kora.sent().count == 1)
    let next = try await kora.cycle(.kora("a"), .kora("b"), .kora("c", .info))
    #expect(next.counts == Counts(active: 3, firing: 2, held: 2))
    let other = try await kora.cycle(
      .kora("a"),
      .kora("b"),
      .kora("c", .info),
      .kora("d", .warning, "service_unhealthy")
    )
    #expect(other.counts == Counts(active: 4, firing: 1, notified: 1))
  }

  @Test("sends alerts of one category that start in one cycle together")
  func together() async throws {
    let kora = try await Kora()
    let report = try await kora.cycle(.kora("a"), .kora("b"), .kora("c"))
    #expect(report.counts == Counts(active: 3, firing: 3, notified: 3))
  }

  @Test("has no cooldown if 0 turns it off")
  func noCooldown() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_CATEGORY_COOLDOWN_SEC": "0"])
    try await kora.cycle(.kora("a"))
    #expect(try await kora.cycle(.kora("a"), .kora("b")).counts == Counts(active: 2, firing: 1, notified: 1))
  }

  @Test("in the mode digest sends critical alerts at once and queues warning and info")
  func digestMode() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_MODE": "digest"])
    let report = try await kora.cycle(.kora("a", .critical, "1"), .kora("b", .warning, "2"), .kora("c", .info, "3"))
    #expect(report.counts == Counts(active: 3, firing: 3, notified: 1, queued: 2))
    #expect(kora.sent() == ["slack_dm: 🔴 [CRITICAL] Kora"])
    try await kora.pass(.seconds(86_400))
    #expect(kora.sent() == ["email: [Kora digest] 2 alerts: 1 warning, 1 info"])
    try await kora.pass(.seconds(86_400))
    #expect(kora.sent() == [])
  }

  @Test(
    "sends alerts up to the threshold one by one, and one summary to Slack above it, critical ones included",
    arguments: 4...7
  )
  func burst(count: Int) async throws {
    let kora = try await Kora()
    let alerts = (1...count).map { Alert.kora("a\($0)", $0 == 2 ? .critical : $0 == 3 ? .info : .warning, "c\($0)") }
    let report = try await kora.cycle(alerts)
    if count <= 5 {
      #expect(report.counts == Counts(active: count, firing: count, notified: count))
      #expect(kora.sent().count == count)
    } else {
      #expect(report.counts == Counts(active: count, firing: count, burst: count))
      #expect(kora.sent() == ["slack_dm: 🚨 [BURST] \(count) alerts: 1 critical, \(count - 2) warning, 1 info"])
    }
  }

  @Test("starts the cooldown of every category in a summary")
  func burstStamps() async throws {
    let kora = try await Kora()
    let alerts = (1...6).map { Alert.kora("a\($0)", .warning, "c\($0)") }
    try await kora.cycle(alerts)
    let next = try await kora.cycle(alerts + (1...6).map { Alert.kora("b\($0)", .warning, "c\($0)") })
    #expect(next.counts == Counts(active: 12, firing: 6, held: 6))
  }

  @Test("counts for the burst only alerts that the cooldown did not hold")
  func burstAfterCooldown() async throws {
    let kora = try await Kora()
    try await kora.cycle(.kora("a"))
    let next = try await kora.cycle(
      [.kora("a")] + (1...6).map { Alert.kora("b\($0)", .warning, $0 > 1 ? "c\($0)" : "cost_ladder") }
    )
    #expect(next.counts == Counts(active: 7, firing: 6, notified: 5, held: 1))
  }

  @Test("does not send resolved alerts")
  func ends() async throws {
    let kora = try await Kora()
    try await kora.cycle(.kora("a"))
    _ = kora.sent()
    #expect(try await kora.cycle().counts == Counts(active: 0, resolved: 1))
    #expect(kora.sent() == [])
  }

  @Test("does not decide again because sending failed")
  func failedSend() async throws {
    let kora = try await Kora { _ in .http(HTTPReply(status: 500)) }
    try await kora.cycle(.kora("a"))
    let again = try await kora.cycle(.kora("a"))
    #expect(again.counts == Counts(active: 1))
    #expect(try await kora.ledger.record(of: AlertKey(source: "kora", id: "a"))?.notified.count == 1)
  }

  @Test("continues after a failed source")
  func failedSource() async throws {
    let kora = try await Kora()
    #expect(try await kora.cycle(failing: "no such file").counts == Counts())
    #expect(try await kora.cycle(.kora("a")).counts == Counts(active: 1, firing: 1, notified: 1))
  }

  @Test(
    "fails only messages without a recipient",
    arguments: [
      ("KORA_SLACK_JOSHUA_USER_ID", "slack_dm", "no_recipient"), ("KORA_SLACK_BOT_TOKEN", "slack_dm", "no_token"),
      ("KORA_EMAIL_JOSHUA_ADDRESS", "email", "no_recipient"), ("KORA_EMAIL_KORA_ADDRESS", "email", "no_sender"),
    ]
  )
  func noRecipient(variable: String, channel: String, code: String) async throws {
    let kora = try await Kora([variable: ""])
    try await kora.cycle(.kora("a", .warning, "1"), .kora("b", .info, "2"))
    let rows = await kora.rows()
    let failed = rows.filter { $0.contains(#""status":"failed""#) }
    #expect(rows.count == 2)
    #expect(failed.count == 1)
    #expect(failed.first?.contains(#""channel":"\#(channel)""#) == true)
    #expect(failed.first?.contains(#""error":"\#(code)""#) == true)
    #expect(kora.sent().count == 1)
  }
}

/// Kora's counters of a cycle.
struct Counts: Equatable {
  var active = 0
  var firing = 0
  var resolved = 0
  var notified = 0
  var held = 0
  var burst = 0
  var queued = 0
}

extension CycleReport {
  var counts: Counts {
    Counts(
      active: active,
      firing: newlyFiring,
      resolved: newlyResolved,
      notified: notified,
      held: held["cooldown"] ?? 0,
      burst: held["burst"] ?? 0,
      queued: held["digest"] ?? 0
    )
  }
}

extension String {
  /// The `alert_id` of an audit row.
  var alertID: String {
    JSONTree.parse(SourceText(name: "row", bytes: Array(utf8))).node?["details"]?["alert_id"]?.string ?? ""
  }
}
