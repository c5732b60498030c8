// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import Testing

@Suite("Patterns stored by an older Belfry")
struct StoredPatternTests {
  private func silence(_ patterns: String) throws -> Silence {
    let written = Silence.of("team", Patterns([.exact("MARK")])).stored
    let json = String(decoding: written, as: UTF8.self).replacing(#"["MARK"]"#, with: patterns)
    return try #require(Silence(stored: Array(json.utf8)))
  }

  @Test(
    "as look-aheads match what they matched before",
    arguments: [
      (#"/^(?!(?:web|db)\\z)/"#, ["web1", "", "x"], ["web", "db"]),
      (#"/^(?!\\Qa.b\\E\\z)/"#, ["axb", ""], ["a.b"]),
      (#"/^(?!(?:a\\)b)\\z)/"#, ["ab"], ["a)b"]),
      (#"/^(?!web)/"#, ["my web", ""], ["web", "web1"]),
      (#"/^(?!web$).*$/"#, ["web1", ""], ["web"]),
      (#"/^(?!.*test).+$/"#, ["prod"], ["a test", ""]),
      (#"/(?i)^(?!web)/"#, ["db"], ["WEB1", "web"]),
      (#"/^(?![)(]x)db/"#, ["db1"], ["web", ")x"]),
      (#"/^(?!web)db|x$/"#, [], ["db", "web", "x"]),
      (#"/^(?:web)\\z/"#, ["web"], ["web1"]), (#"/^\\Qdb*\\E\\z/"#, ["db*"], ["db1"]),
    ]
  )
  func lookAhead(pattern: String, takes: [String], leaves: [String]) throws {
    let silence = try silence("[\"\(pattern)\"]")
    var memo = MatchMemo()
    for value in takes { #expect(silence.matches(.test("a", labels: ["team": value]), memo: &memo), "takes \(value)") }
    for value in leaves {
      #expect(!silence.matches(.test("a", labels: ["team": value]), memo: &memo), "leaves \(value)")
    }
    #expect(Silence(stored: silence.stored) == silence)
  }

  @Test(
    "that are unreadable silence nothing, and are kept unchanged",
    arguments: [#"/(a)\\1/"#, #"/^(?!a)b|c/"#, #"/(?<=a)b/"#, #"/x(?!y)/"#, #"/(?:a{100}){100}/"#]
  )
  func refused(pattern: String) throws {
    let silence = try silence("[\"b\", \"\(pattern)\"]")
    let refusal = try #require(silence.refusal)
    #expect(refusal.text == pattern.replacing("\\\\", with: "\\"))
    #expect(refusal.reason.contains(refusal.text))
    var memo = MatchMemo()
    #expect(!silence.matches(.test("a", labels: ["team": "b"]), memo: &memo))
    #expect(Silence(stored: silence.stored) == silence)
  }
}
