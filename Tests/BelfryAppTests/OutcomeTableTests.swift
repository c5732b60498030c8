// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryExec
import BelfryFile
import BelfrySMTP
import BelfryTesting
import BelfryWebhook
import Foundation
import Testing

@testable import BelfryApp
@testable import BelfrySlackDM

/// The table of outcomes in docs/delivery-guarantees.md, compared with the channels' verdicts.
@Suite("The table of outcomes in the docs")
struct OutcomeTableTests {
  @Test("states for each answer the channel's verdict", arguments: OutcomeRow.all)
  func rows(row: OutcomeRow) throws {
    #expect(!row.answers.isEmpty, "\(row) names no answer")
    for channel in try Self.channels(of: row.place) {
      for answer in row.answers {
        let outcome = try Self.outcome(channel.interpret(Self.reply(answer)))
        #expect(outcome == row.outcome, "\(row.place): \(answer): the page says \(row.outcome)")
      }
    }
  }

  @Test("has a row for every way in which an exchange can fail")
  func failures() {
    let named = Set(Self.answers(of: "any").filter { $0[0] == "failure" }.map { $0[1] })
    #expect(named == Set(TransportFailure.Kind.allCases.map(\.rawValue)))
  }

  @Test("has a row for every error that the Slack channel knows")
  func slackErrors() {
    let named = Set(Self.answers(of: "slack-dm").filter { $0[0] == "ok:false" }.map { $0[1] })
    #expect(SlackAnswer.knownErrors.subtracting(named) == [])
    // One row shows the verdict for an unknown error.
    #expect(named.subtracting(SlackAnswer.knownErrors).count == 1)
  }

  @Test("has every HTTP status, and every exit status, once")
  func statuses() {
    let statuses = Self.answers(of: "webhook").filter { $0[0] == "HTTP" }.compactMap { Int($0[1]) }
    #expect(statuses.sorted() == Array(100...599))
    let exits = Self.answers(of: "exec").filter { $0[0] == "exit" }.compactMap { Int($0[1]) }
    #expect(exits.sorted() == Array(0...255))
  }

  @Test("has a row for every class, and includes every channel")
  func classes() {
    let classes = Set(OutcomeRow.all.map(\.outcome))
    #expect(classes == Set(Verdict.Outcome.allCases.map(\.rawValue) + ["delivered"]))
    #expect(Set(OutcomeRow.all.map(\.place)) == Set(Self.linked.map(\.kind) + ["any"]))
  }
}

extension OutcomeTableTests {
  private static let linked: [(kind: String, channel: any NotificationChannel)] = [
    ("slack-dm", SlackDMChannel(name: "c", settings: SlackDMSettings())),
    ("webhook", WebhookChannel(name: "c", settings: WebhookSettings())),
    ("smtp", SMTPChannel(name: "c", settings: SMTPSettings())),
    ("file", FileChannel(name: "c", settings: FileSettings())),
    ("exec", ExecChannel(name: "c", settings: ExecSettings())),
  ]

  private static func channels(of place: String) throws -> [any NotificationChannel] {
    let found = linked.filter { place == "any" || $0.kind == place }.map(\.channel)
    try #require(!found.isEmpty, "\(place) is no kind of channel")
    return found
  }

  private static func answers(of place: String) -> [[String]] {
    OutcomeRow.all.filter { $0.place == place }.flatMap(\.answers).map { $0.split(separator: " ").map(String.init) }
  }

  private static func outcome(_ verdict: Verdict) throws -> String {
    if case .delivered = verdict { return "delivered" }
    return try #require(verdict.failure?.outcome).rawValue
  }

  /// The reply for an answer in the table: `HTTP 503`, `ok:false fatal_error`, `SMTP 550 5.1.1`, `exit 75`.
  private static func reply(_ answer: String) throws -> Reply {
    let words = answer.split(separator: " ").map(String.init)
    let number = words.count > 1 ? Int(words[1]) : nil
    switch words[0] {
    case "ok:true": return .http(HTTPReply(status: 200, body: Array(#"{"ok":true,"channel":"D1","ts":"1.2"}"#.utf8)))
    case "ok:false": return .http(HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"\#(words[1])"}"#.utf8)))
    case "HTTP": return .http(HTTPReply(status: try #require(number)))
    case "SMTP": return .mail(MailReply(code: try #require(number), text: text(words)))
    case "RCPT":
      let refusal = MailReply.Refusal(recipient: "b@example.com", code: try #require(number), text: text(words))
      return .mail(MailReply(code: 250, text: "Ok", accepted: ["a@example.com"], refused: [refusal]))
    case "appended": return .appended
    case "exit": return .process(ProcessReply(.exited(try #require(number))))
    case "signal": return .process(ProcessReply(.signalled(try #require(number))))
    case "failure":
      return .failed(TransportFailure(try #require(TransportFailure.Kind(rawValue: words[1])), "It failed."))
    default: throw UnknownAnswer(text: answer)
    }
  }

  private static func text(_ words: [String]) -> String { (words.dropFirst(2) + ["It said so"]).joined(separator: " ") }

  private struct UnknownAnswer: Error { var text: String }
}

/// A row of the table: the channel, the answer, and its class.
struct OutcomeRow: Sendable, CustomTestStringConvertible {
  let place: String
  /// One per number or code: `HTTP 401 402` is two answers, and `HTTP 500-599` a hundred.
  let answers: [String]
  let outcome: String
  /// The second column as written.
  let shown: String

  var testDescription: String { "\(place): \(shown.prefix(60)): \(outcome)" }

  static let all: [OutcomeRow] = {
    let page = DocsPage.root.appending(path: "docs/delivery-guarantees.md")
    let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    let lines = text.components(separatedBy: "\n").drop { $0 != "| where | what comes back | class |" }
    return lines.dropFirst(2).prefix { $0.hasPrefix("|") }.map(OutcomeRow.init)
  }()

  private init(_ line: String) {
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    place = cells.first ?? ""
    shown = cells.count > 1 ? cells[1] : ""
    outcome = cells.count > 2 ? cells[2] : ""
    // Every second piece is between two backticks.
    let pieces = shown.components(separatedBy: "`")
    answers = stride(from: 1, to: pieces.count, by: 2).flatMap { OutcomeRow.spread(pieces[$0]) }
  }

  private static func spread(_ code: String) -> [String] {
    let words = code.split(separator: " ").map(String.init)
    // An enhanced code belongs to the number before it.
    guard let first = words.first, words.count > 1, !["SMTP", "RCPT"].contains(first) else { return [code] }
    return words.dropFirst().flatMap { word -> [String] in
      let ends = word.split(separator: "-").compactMap { Int($0) }
      guard ends.count == 2, ends[0] <= ends[1] else { return ["\(first) \(word)"] }
      return (ends[0]...ends[1]).map { "\(first) \($0)" }
    }
  }
}
