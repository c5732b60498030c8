// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryTesting
import Synchronization
import Testing

/// Where Belfry deliberately differs from Kora: the last table of docs/examples/kora/README.md, row by row.
@Suite("Better than Kora")
struct BetterTests {
  @Test("alerts held by a cooldown that are still firing are sent in one follow-up when the window ends")
  func followUp() async throws {
    let kora = try await Kora()
    try await kora.cycle(.kora("a"))
    try await kora.cycle(.kora("a"), .kora("b"), .kora("c"), .kora("d"))
    try await kora.cycle(.kora("b"), .kora("c"))
    _ = kora.sent()
    try await kora.pass(.seconds(1800))
    #expect(kora.sent() == ["slack_dm: ⏳ [STILL FIRING] Kora"])
    let rows = await kora.rows()
    #expect(rows.last?.contains(#""alert_id":"followup:2","severity":"followup","category":"followup""#) == true)
    #expect(rows.last?.contains(#""followup_count":2,"followup_alert_ids":["b","c"]"#) == true)
  }

  @Test("a critical alert breaks through a cooldown that a warning started")
  func breakthrough() async throws {
    let kora = try await Kora()
    try await kora.cycle(.kora("a"))
    _ = kora.sent()
    try await kora.cycle(.kora("a"), .kora("b", .critical))
    #expect(kora.sent() == ["slack_dm: 🔴 [CRITICAL] Kora"])
  }

  @Test("a cooldown lasts its whole window, even if its category has no active alert left")
  func flapping() async throws {
    let kora = try await Kora()
    for _ in 1...3 {
      try await kora.cycle(.kora("a"))
      try await kora.cycle()
    }
    #expect(kora.sent().count == 1)
  }

  @Test("known alerts and those waiting for the digest survive a restart")
  func restart() async throws {
    let first = try await Kora(["KORA_ALERT_NOTIFY_MODE": "digest"])
    try await first.cycle(.kora("a", .critical, "x"), .kora("b"))
    let second = try await Kora(["KORA_ALERT_NOTIFY_MODE": "digest"], time: first.time, ledger: first.ledger)
    try await second.cycle(.kora("a", .critical, "x"), .kora("b"))
    #expect(second.sent() == [])
    try await second.pass(.seconds(86_400))
    #expect(second.sent() == ["email: [Kora digest] 1 alert: 1 warning, 0 info"])
  }

  @Test("a failed message is retried until it is sent, and so is a digest")
  func outbox() async throws {
    let isWell = Mutex(false)
    let kora = try await Kora(["KORA_ALERT_NOTIFY_MODE": "digest"]) { outgoing in
      isWell.withLock(\.self) ? ScriptedTransport.accept(outgoing) : .failed(TransportFailure(.notConnected, ""))
    }
    try await kora.cycle(.kora("a", .critical, "x"), .kora("b"))
    try await kora.pass(.seconds(60))
    #expect(Set(kora.sent()) == ["slack_dm: 🔴 [CRITICAL] Kora"])
    isWell.withLock { $0 = true }
    try await kora.pass(.seconds(3600))
    #expect(kora.sent() == ["slack_dm: 🔴 [CRITICAL] Kora"])
    isWell.withLock { $0 = false }
    try await kora.pass(.seconds(86_400))
    isWell.withLock { $0 = true }
    _ = kora.sent()
    try await kora.pass(.seconds(3600))
    #expect(kora.sent() == ["email: [Kora digest] 1 alert: 1 warning, 0 info"])
  }

  @Test("a source that fails for one cycle ends none of its alerts")
  func source() async throws {
    let kora = try await Kora()
    try await kora.cycle(.kora("a"))
    let failed = try await kora.cycle(failing: "no such file")
    #expect(failed.counts == Counts(active: 1))
    let back = try await kora.cycle(.kora("a"))
    #expect(back.counts == Counts(active: 1))
  }

  @Test("alerts waiting for the digest are held by no cooldown")
  func digestAndCooldown() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_MODE": "digest"])
    try await kora.cycle(.kora("a", .critical))
    let next = try await kora.cycle(.kora("a", .critical), .kora("b"))
    #expect(next.counts == Counts(active: 2, firing: 1, queued: 1))
  }
}
