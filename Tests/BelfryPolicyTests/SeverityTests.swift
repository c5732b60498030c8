// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Severities of one's own")
struct SeverityTests {
  private static let rows = #""severities": [["page", "p1"], ["error", "high"], ["warning", "p2"], ["info", "none"]]"#

  private static func environment(_ rest: String, caps: [String: String] = [:]) throws -> PolicyEnvironment {
    try PolicyEnvironment("{\(rows), \"cooldown\": 0, \(rest)}", caps: caps)
  }

  @Test(
    "are what routes select, by any word of a row and in any case",
    arguments: [
      ("page", "pager"), ("P1", "pager"), ("critical", "pager"), ("error", "mail"), ("High", "mail"),
      ("warning", "mail"), ("none", "journal"), ("info", "journal"), ("debug", "pager"), ("", "journal"),
    ]
  )
  func routes(word: String, channel: String) throws {
    var environment = try Self.environment(
      """
      "routes": [{"match": {"severity": "p1"}, "to": "pager"}, {"match": {"severity": "p2+"}, "to": "mail"},
                 {"match": {"severity": "debug"}, "to": "pager"}, {"to": "journal"}]
      """
    )
    #expect(environment.take(.fired("a", Severity(word))) == ["\(channel): alert a"])
  }

  @Test("rank like the standard ones: the first row is sent at once in digest mode, by a cap and before the others")
  func firstRow() throws {
    var digest = try Self.environment(
      """
      "mode": "digest", "routes": [{"to": "mail"}], "digests": {"daily": {"at": "09:00", "to": "mail"}}
      """
    )
    #expect(digest.take(.fired("a", Severity("p1")), .fired("b", Severity("error"))) == ["mail: alert a"])
    var capped = try Self.environment(#""routes": [{"to": "mail"}]"#, caps: ["mail": #"{"over": 1, "per": "1h"}"#])
    #expect(capped.take(.fired("a", Severity("high"))) == ["mail: alert a"])
    #expect(capped.take(.fired("b", Severity("high"))) == [])
    #expect(capped.take(.fired("c", Severity("page"))) == ["mail: alert c"])
    let severity = try #require(capped.deliveries.first?.severity)
    #expect(severity == Severity("page", rank: 0, level: .critical) && severity.isCritical)
  }

  @Test("also rank what Belfry raises about itself", arguments: [1, 3, 16])
  func own(count: Int) throws {
    let rows = (0..<count).map { #"["s\#($0)"]"# }.joined(separator: ",")
    var environment = try PolicyEnvironment(
      #"{"severities": [\#(rows)], "cooldown": 0, "routes": [{"match": {"severity": "s0"}, "to": "pager"}, {"to": "journal"}],"#
        + #" "expect": {"id": "backup", "every": "1h", "severity": "critical"}}"#
    )
    let alarm = Event.fired("x", .critical, from: .belfry)
    #expect(environment.take(alarm) == ["pager: alert x"])
    #expect(environment.advance(by: .hours(2)) == ["pager: alert expect/backup"])
    #expect(environment.alerts.values.allSatisfy { $0.alert.severity == Severity("s0", rank: 0, level: .critical) })
  }

  @Test("rank an active alert again when it is seen under a new scale, and send one that is more severe then")
  func newScale() throws {
    var environment = try PolicyEnvironment(#"{"cooldown": 0, "routes": [{"to": "mail"}]}"#)
    environment.take(.fired("a", Severity("error")), .fired("b", Severity("high")))
    try environment.edit("{\(Self.rows), \"cooldown\": 0, \"routes\": [{\"to\": \"mail\"}]}")
    #expect(environment.take(.fired("a", Severity("error"))) == ["mail: alert a"])
    #expect(environment.reasons == ["notify a: error ranks higher in the changed severities (routes[0])"])
    #expect(environment.take(.fired("a", Severity("error"))) == [])
    // The same text of a source gives the same content from now on.
    let scale = environment.policy.rules.severities
    let known = try #require(environment.alerts[Alert.test("a").key]?.alert)
    #expect(known.contentHash == Alert.test("a", Severity("error")).ranked(by: scale).contentHash)
    #expect(known.contentHash != Alert.test("a", Severity("error")).contentHash)
  }

  @Test("are explained as they would be routed")
  func explained() throws {
    let environment = try Self.environment(
      #""routes": [{"match": {"severity": "error+"}, "to": "pager"}, {"to": "journal"}]"#
    )
    for (word, channel) in [("HIGH", "pager"), ("critical", "pager"), ("p2", "journal"), ("odd", "journal")] {
      let explanation = environment.policy.explain(.test("a", Severity(word)), at: environment.now)
      #expect(explanation.outcome == "It goes to \(channel).")
    }
  }

  @Test("are silenced by a word, also after the silence was stored and with a rank of an older scale")
  func silenced() throws {
    let scale = SeverityScale([["page"], ["error"]])
    var matcher = Matcher()
    matcher.severity = SeveritySelector([scale.severity("error"), Severity("odd")])
    var writer = JSONWriter()
    matcher.encode(into: &writer)
    let stored = try #require(Matcher(stored: writer.bytes))
    #expect(stored == matcher)
    var memo = MatchMemo()
    #expect(stored.matches(.test("a", scale.severity("error")), memo: &memo))
    #expect(stored.matches(.test("a", Severity("odd")), memo: &memo))
    #expect(!stored.matches(.test("a", scale.severity("page")), memo: &memo))
  }
}
