// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryApp

@Suite("Dead letters")
struct DeadLetterTests {
  private static let json = """
    {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF"}}, "routes": [{"to": "oncall"}],
     "cooldown": "0s"}
    """

  private func environment(_ outcome: Verdict.Outcome?) async throws -> (
    environment: TestEnvironment, letter: DeadLetter
  ) {
    let environment = try await TestEnvironment(DeadLetterTests.json).adopted()
    var reason = Verdict.Reason("gone", "It is gone.")
    reason.outcome = outcome
    try await environment.take(.fired(.sample("db", .critical)), failing: ["oncall": .dead(because: reason)])
    let record = try #require(try await environment.ledger.deadLetters(limit: 1).first)
    return (environment, DeadLetter(record, environment.configuration))
  }

  @Test(
    "state what to do by their class",
    arguments: [
      (Verdict.Outcome.target, "correct the recipient U012ABCDEF"), (.payload, "notify the person another way"),
      (.operator, "fix the login"), (.ambiguous, "check the channel first"), (.retry, "check that the service works"),
    ]
  )
  func advice(outcome: Verdict.Outcome, words: String) async throws {
    let (environment, letter) = try await environment(outcome)
    let lines = letter.lines(environment.clock)
    #expect(lines.contains("class:     \(outcome.rawValue)"))
    #expect(lines.last?.contains(words) == true)
    #expect(lines.contains("to:        oncall to U012ABCDEF"))
    #expect(
      letter.line(environment.clock).contains(
        "oncall to U012ABCDEF: critical app/db “Trouble with db”: \(outcome.rawValue): gone"
      )
    )
  }

  @Test("are found by the end of their ID, unless it is ambiguous")
  func ids() async throws {
    let (environment, letter) = try await environment(.target)
    let id = letter.record.delivery.id.text
    func find(_ id: String) async throws -> String {
      try await DeadLetter.read(id, from: environment.ledger, environment.configuration).record.delivery.id.text
    }
    #expect(try await find(String(id.suffix(6))) == id)
    let unknown = await #expect(throws: OperationRefusal.self) { try await find("nothing") }
    #expect(unknown?.code == .unknown)
    let gone = Verdict.Reason("gone", "It is gone.")
    for number in 1...40 {
      try await environment.take(.fired(.sample("db-\(number)", .critical)), failing: ["oncall": .dead(because: gone)])
    }
    let empty = await #expect(throws: OperationRefusal.self) { try await find("") }
    #expect(empty?.code == .unknown)
    let letters = try await environment.ledger.deadLetters(limit: 99)
    let common = try #require(
      Dictionary(grouping: letters) { $0.delivery.id.text.suffix(1) }.first { $0.value.count > 1 }?.key
    )
    let several = await #expect(throws: OperationRefusal.self) { try await find(String(common)) }
    #expect(several?.code == .ambiguous)
  }

  @Test("that are discarded no longer count, and why names the operator")
  func drop() async throws {
    let (environment, letter) = try await environment(.target)
    #expect(try await environment.ledger.mend([letter.record.delivery.id], by: .drop) == [.done])
    #expect(try await environment.ledger.mend([letter.record.delivery.id], by: .retry) == [.notDead])
    #expect(try await environment.ledger.deadLetters(limit: 9).isEmpty)
    let why = try await environment.why("db")
    #expect(why.contains("discarded: its dead letter was discarded manually"))
    #expect(why.contains("oncall: discarded manually"))
  }

  @Test("of alerts that have resolved are not sent when they are retried, and why says so", arguments: [true, false])
  func outdated(mayHaveArrived: Bool) async throws {
    let (environment, letter) = try await environment(mayHaveArrived ? .ambiguous : .target)
    try await environment.take(.resolved(.sample("db")))
    let handled = try await environment.operations().perform(DeadLetterAction(.retry, .all), by: .atTerminal())
    #expect(handled.count == 0)
    #expect(handled.outdated.map(\.id) == [letter.record.delivery.id])
    #expect(
      handled.outdated.first?.line.text.hasSuffix("not sent. It has resolved, so this is not sent any more.") == true
    )
    try await environment.advance(by: .seconds(60))
    let record = try #require(try await environment.ledger.delivery(letter.record.delivery.id))
    #expect(record.status == .withdrawn)
    #expect((record.lastReason?.outcome == .ambiguous) == mayHaveArrived)
    #expect(try await environment.ledger.deadLetters(limit: 9).isEmpty)
    #expect(try await environment.why("db").contains("It has resolved, so this is not sent any more."))
  }

  @Test("of alerts that fire again are sent when they are retried")
  func again() async throws {
    let (environment, letter) = try await environment(.target)
    try await environment.take(.resolved(.sample("db")))
    try await environment.take(.fired(.sample("db", .critical)))
    let handled = try await environment.operations().perform(DeadLetterAction(.retry, .all), by: .atTerminal())
    #expect(handled.count == 1 && handled.outdated.isEmpty)
    #expect(try await environment.ledger.delivery(letter.record.delivery.id)?.status == .pending)
  }

  @Test("that are retried are due at once")
  func retry() async throws {
    let (environment, letter) = try await environment(.target)
    #expect(try await environment.ledger.mend([letter.record.delivery.id], by: .retry) == [.done])
    try await environment.advance(by: .seconds(1))
    #expect(try await environment.why("db").hasPrefix("sent: oncall"))
  }
}
