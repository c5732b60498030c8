// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("A delivery that reaches only some recipients")
struct PartialDeliveryTests {
  private static let mail = """
    {"channels": {"mail": {"kind": "smtp", "server": "smtp://localhost", "from": "belfry@example.com",
                           "to": ["a@example.com", "b@example.com", "c@example.com"]}},
     "routes": [{"to": "mail"}]}
    """

  private static func reply(_ accepted: [String], _ refusals: (String, Int)...) -> @Sendable (Outgoing) -> Reply {
    let refused = refusals.map { MailReply.Refusal(recipient: $0.0, code: $0.1, text: "") }
    let code = accepted.isEmpty ? refusals.last?.1 ?? 0 : 250
    return { outgoing in
      guard case .mail(let mail) = outgoing else { return .failed(TransportFailure(.other, "")) }
      return .mail(MailReply(code: code, text: "", accepted: accepted, refused: refused, progress: mail.progress))
    }
  }

  private static let lost: @Sendable (Outgoing) -> Reply = { _ in .failed(TransportFailure(.notConnected, "gone")) }

  private struct Outcome {
    var recipients: [[String]]
    var record: DeliveryRecord
    var environment: TestEnvironment
  }

  /// Delivers one alert with these answers, the last of which repeats forever.
  private func deliver(_ answers: [@Sendable (Outgoing) -> Reply], for hours: Int = 1) async throws -> Outcome {
    let rest = Mutex(answers)
    let environment = try TestEnvironment(Self.mail) { outgoing in
      rest.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }(outgoing)
    }
    let ingested = try await environment.dispatcher.ingest([.fired(alert("a"))], policy: environment.policy)
    let id = try #require(ingested.decisions.flatMap(\.decision.deliveries).first)
    let end = environment.time.now() + .seconds(3600 * hours)
    while true {
      try await environment.dispatcher.drain()
      let record = try #require(try await environment.ledger.delivery(id))
      if record.status != .pending || environment.time.now() > end {
        let recipients = environment.sent.map { outgoing -> [String] in
          if case .mail(let mail) = outgoing { mail.recipients } else { [] }
        }
        return Outcome(recipients: recipients, record: record, environment: environment)
      }
      environment.time.advance(by: max(.seconds(1), record.visibleAt - environment.time.now()))
    }
  }

  private static let all = ["a@example.com", "b@example.com", "c@example.com"]

  @Test("is not sent again to those who have it, whatever happens with the rest")
  func repeatsNothing() async throws {
    let outcome = try await deliver([
      Self.reply(["a@example.com"], ("b@example.com", 550), ("c@example.com", 450)), Self.lost,
      Self.reply([], ("c@example.com", 451)), Self.reply(["c@example.com"]),
    ])
    #expect(outcome.recipients == [Self.all, ["c@example.com"], ["c@example.com"], ["c@example.com"]])
    #expect(outcome.record.status == .delivered)
    #expect(outcome.record.receipt?["refused"] == "b@example.com 550")
    #expect(outcome.record.lastReason?.text.contains("b@example.com") == true)
    #expect(outcome.environment.tally.counts.delivered == 1)
    #expect(outcome.environment.printed.contains("partly sent"))
  }

  @Test("ends when the rest is refused for good, or for too long, and names whom it missed", arguments: [550, 450])
  func ends(code: Int) async throws {
    let outcome = try await deliver(
      [
        Self.reply(["a@example.com", "b@example.com"], ("c@example.com", 450)), Self.reply([], ("c@example.com", code)),
      ],
      for: 30
    )
    #expect(outcome.recipients.dropFirst().allSatisfy { $0 == ["c@example.com"] })
    #expect(outcome.record.status == .delivered)
    #expect(outcome.record.receipt?["refused"] == (code == 550 ? "c@example.com 550" : "c@example.com"))
    #expect(outcome.record.receipt?["waiting"] == nil)
    #expect(try await outcome.environment.ledger.deadLetters(limit: 9).isEmpty)
  }

  @Test("is a dead letter if nobody was reached")
  func nobody() async throws {
    let outcome = try await deliver([
      Self.reply([], ("a@example.com", 550), ("b@example.com", 550), ("c@example.com", 550))
    ])
    #expect(outcome.record.status == .dead)
    #expect(outcome.recipients == [Self.all])
  }

  @Test("is in the audit log with the addresses that it missed")
  func audit() {
    var row = AuditRow(emittedAt: Instant(seconds: 0), channel: "mail", content: .test(alert("a")), error: "smtp_550")
    row.missed = Receipt(["refused": "b@example.com 550", "waiting": "c@example.com"])
    var writer = JSONWriter()
    row.encode(into: &writer)
    #expect(writer.text.contains(#""status":"partial""#))
    #expect(writer.text.contains(#""error":"smtp_550","refused":"b@example.com 550","waiting":"c@example.com""#))
    #expect(AuditLine(writer.text)?.text.contains("(smtp_550: refused b@example.com 550)") == true)
  }
}
