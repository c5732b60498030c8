// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTesting
import Testing

@Suite("The bytes of a mail")
struct WirePropertyTests {
  /// Troublesome texts, to use alone and combined.
  private static let pieces = [
    "a", " ", "\n", "\r\n", "\r", "\t", ".", "\n.\n", "=", "=20", "é", "🔥", "👩‍👩‍👧‍👦", "e\u{301}\u{301}", "\0", "\u{7F}",
    "<b>&\"'", "--",
    "From ", "=?utf-8?B?eA==?=", "\u{2028}", "\u{202E}", "漢字", String(repeating: "x", count: 120),
    "https://x.test/?a=b",
  ]

  @Test("are ASCII in lines that end in CRLF and fit, whatever the content", arguments: 0..<75)
  func property(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let alerts = (0..<Int.random(in: 1...4, using: &random)).map { _ in alert(&random) }
    let contents: [Notice.Content] = [
      .alert(alerts[0]), .burst(alerts), .digest(name: text(&random), alerts), .followup(alerts, ended: 1),
      .group(name: text(&random), alerts, firing: 2), .reminder(alerts), .flapping(alerts[0]), .resolved(alerts[0]),
      .test(alerts[0]),
    ]
    for content in contents {
      var notice = ContractNotices.plain
      notice.content = content
      notice.reason = text(&random)
      notice.product = text(&random)
      try expectClean(try submission(seed % 2 == 0 ? SMTPChannelTests.contract : DKIMTests.contract, notice).message)
    }
  }

  private func expectClean(_ message: [UInt8]) throws {
    #expect(message.allSatisfy { $0 < 0x80 && $0 != 0 })
    #expect(message.suffix(2) == [13, 10])
    let text = String(decoding: message, as: UTF8.self)
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(!lines.contains { $0.utf8.contains(13) || $0.utf8.contains(10) }, "only CRLF")
    let header = lines.prefix { !$0.isEmpty }
    #expect(header.allSatisfy { $0.utf8.count <= 998 && $0.utf8.count <= 100 })
    #expect(lines.dropFirst(header.count).allSatisfy { $0.utf8.count <= 76 }, "encoded")
    #expect(!header.contains { $0.allSatisfy(\.isWhitespace) }, "no line of a header is blank")
  }

  private func alert(_ random: inout SeededGenerator) -> Alert {
    Alert(
      source: SourceName(text(&random)),
      id: text(&random),
      severity: [.critical, .warning, .info][Int.random(in: 0..<3, using: &random)],
      title: text(&random),
      detail: text(&random) + text(&random),
      labels: ["x": text(&random)],
      panel: text(&random),
      link: Bool.random(using: &random) ? "https://x.test/" + text(&random) : text(&random)
    )
  }

  private func text(_ random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0...25, using: &random)).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
  }
}
