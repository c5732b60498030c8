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
    #expect(try await environment.ledger.mend([letter.record.delivery.id], by: .drop) == [true])
    #expect(try await environment.ledger.mend([letter.record.delivery.id], by: .retry) == [false])
    #expect(try await environment.ledger.deadLetters(limit: 9).isEmpty)
    let why = try await environment.why("db")
    #expect(why.contains("discarded: its dead letter was discarded manually"))
    #expect(why.contains("oncall: discarded manually"))
  }

  @Test("that are retried are due at once")
  func retry() async throws {
    let (environment, letter) = try await environment(.target)
    #expect(try await environment.ledger.mend([letter.record.delivery.id], by: .retry) == [true])
    try await environment.advance(by: .seconds(1))
    #expect(try await environment.why("db").hasPrefix("sent: oncall"))
  }
}
