// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryExec
import BelfryTesting
import Testing

/// The table of outcomes on the channel's page, compared with its verdicts.
@Suite("The exec channel's table of outcomes")
struct ExecOutcomeTests {
  private static let table = OutcomeRow.table(in: "docs/channels/exec.md")

  @Test("states the channel's verdict for each answer", arguments: table)
  func rows(row: OutcomeRow) throws {
    let channel = ExecChannel(name: "c", settings: ExecSettings())
    for answer in row.answers {
      let reply = Reply.process(ProcessReply(try #require(Self.end(answer))))
      #expect(channel.interpret(reply).name == row.outcome, "\(answer)")
    }
  }

  @Test("has every exit status once, and a signal")
  func statuses() {
    let answers = Self.table.flatMap(\.answers)
    #expect(answers.filter { $0[0] == "exit" }.compactMap { Int($0[1]) }.sorted() == Array(0...255))
    #expect(answers.contains { $0[0] == "signal" })
  }

  private static func end(_ answer: OutcomeRow.Answer) -> ProcessReply.End? {
    guard let number = answer.last.flatMap({ Int($0) }) else { return nil }
    return switch answer[0] {
    case "exit": .exited(number)
    case "signal": .signalled(number)
    default: nil
    }
  }
}
