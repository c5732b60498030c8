// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Explanations")
struct ExplanationTests {
  private let text = """
    {"routes": [
      {"match": {"severity": "critical", "labels": {"team": "web"}}, "to": "pager", "cooldown": "5m", "continue": true,
       "note": "the web team"},
      {"match": {"category": ["disk*", "net"]}, "to": ["mail", "journal"], "resolved": true, "burst": {"over": 3, "to": "pager"}},
      {"match": {"severity": "info"}, "digest": "daily"},
      {"match": {"source": "db"}, "to": "mail"}],
     "burst": {"over": 9}, "digests": {"daily": {"every": "24h", "to": "mail"}},
     "unrouted": "drop"}
    """

  private func explain(_ alert: Alert) throws -> Explanation {
    Policy(rules: try Configuration.reading(text).rules).explain(alert, at: PolicyEnvironment.start)
  }

  @Test("state for each route why it takes the alert, or why not")
  func steps() throws {
    let explanation = try explain(.test("a", .critical, "disk_full", labels: ["team": "web"]))
    #expect(explanation.steps.map(\.isTaken) == [true, true, false, false])
    #expect(
      explanation.steps.map(\.text) == [
        "matches severity critical, team web → pager",
        "matches category net or disk* → mail, journal",
        "not checked: routes[1] matches and does not continue",
        "not checked: routes[1] matches and does not continue",
      ]
    )
    #expect(explanation.steps.map(\.note) == ["the web team", "", "", ""])
    #expect(explanation.outcome == "It goes to journal, mail, pager.")
    #expect(explanation.isRouted)
  }

  @Test("name what would hold it, with the rule's line")
  func throttles() throws {
    let steps = try explain(.test("a", .critical, "disk_full", labels: ["team": "web"])).steps
    #expect(
      steps[0].throttles.map(\.description) == [
        "cooldown 5m by category: suppressed if a similar alert was sent in that time, unless this one is more severe "
          + "(routes[0].cooldown, line 2)",
        "burst: more than 9 at once become one summary to the same channels (burst, line 7)",
      ]
    )
    #expect(
      steps[1].throttles.map(\.description) == [
        "cooldown 30m by category: suppressed if a similar alert was sent in that time, unless this one is more severe (cooldown, by default)",
        "burst: more than 3 at once become one summary to pager (routes[1].burst, line 4)",
        "resolved: sent when it resolves (routes[1], line 4)",
      ]
    )
  }

  @Test("name the digest it would join")
  func digest() throws {
    let explanation = try explain(.test("a", .info, "cpu"))
    #expect(
      explanation.steps[2].throttles.map(\.description) == [
        "digest daily: waits for the next one (routes[2].digest, line 5)"
      ]
    )
    #expect(explanation.outcome == "It goes to mail.")
  }

  @Test("name the condition that is not met, and the rule that drops alerts without a route")
  func mismatches() throws {
    let explanation = try explain(.test("a", .warning, ""))
    #expect(
      explanation.steps.map(\.text) == [
        "severity is warning, not critical", "category is absent, not net or disk*", "severity is warning, not info",
        "source is app, not db",
      ]
    )
    #expect(explanation.outcome == "No route matches it: it is dropped (unrouted, line 8).")
    #expect(!explanation.isRouted)
    #expect(try explain(.test("a", .critical, "")).steps.first?.text == "label team is absent, not web")
  }
}
