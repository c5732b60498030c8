// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@testable import BelfryApp

@Suite("The output of the commands")
struct ExplainTests {
  @Test("knows every channel of Sources/Channels, and each has a page in docs/channels")
  func registry() throws {
    func names(_ folder: String) throws -> [String] {
      let names = try FileManager.default.contentsOfDirectory(atPath: DocsPage.root.appending(path: folder).path)
      return names.filter { !$0.hasPrefix(".") }.sorted()
    }
    let kinds = LinkedKinds.channels.kinds.map(\.kind.name)
    #expect(kinds.map { "\($0).md" } == (try names("docs/channels")))
    #expect(kinds.count == (try names("Sources/Channels")).count)
  }

  @Test("explains for each route why it takes the alert or not, and the result")
  func explanation() throws {
    let json = """
      {"channels": {"j": {"kind": "file", "path": "out"}},
       "routes": [{"match": {"severity": "critical"}, "to": "j"}, {"to": "j", "note": "the rest"}]}
      """
    let configuration = try Configuration.parse(json)
    let alert = Alert(source: "cli", id: "a", severity: .info, title: "")
    let explanation = Policy(rules: configuration.rules).explain(alert, at: Instant(seconds: 0))
    let text = explanation.text(configuration.notes)
    #expect(text.contains("· routes[0], line 2: severity is info, not critical"))
    #expect(text.contains("✓ routes[1], line 2"))
    #expect(text.contains("“the rest”"))
    #expect(text.hasSuffix("It goes to j."))
  }

  @Test("shows the notes of rules beside their effects")
  func notes() throws {
    let configuration = try Configuration.parse(WhyTests.rules)
    func text(_ severity: Severity) -> String {
      let explanation = Policy(rules: configuration.rules).explain(.sample("a", severity), at: Instant(seconds: 0))
      return explanation.text(configuration.notes)
    }
    #expect(text(.warning).contains("(routes[1].cooldown, line 12)  “ann asked for it”"))
    #expect(text(Severity("notice")).contains("(channels.night.quiet, line 7)  “the office is loud”"))
    let critical = text(.critical)
    #expect(critical.contains("(routes[0].escalate[0], line 11)  “the boss”"))
    #expect(critical.components(separatedBy: "“the night shift”").count == 2)
  }

  @Test("names the hours of routes and channels, and whether they apply")
  func hours() throws {
    let json = """
      {"times": {"nights": {"from": "22:00", "to": "07:00"}, "office": {"days": "mon-fri", "from": "09:00", "to": "17:00"}},
       "channels": {"j": {"kind": "file", "path": "out", "only": ["office", {"dates": "2027-01-16"}]}},
       "routes": [{"to": "j", "quiet": [{"times": "nights", "except": "critical"}, {"months": "jan", "monthdays": "1-15"}]}]}
      """
    let configuration = try Configuration.parse(json)
    func text(_ severity: Severity) throws -> String {
      let alert = Alert(source: "cli", id: "a", severity: severity, title: "")
      let night = try #require(Instant(iso8601: "2027-01-15T23:00:00Z"))
      return Policy(rules: configuration.rules).explain(alert, at: night).text(configuration.notes)
    }
    let warning = try text(.warning)
    #expect(
      warning.contains(
        "quiet hours of the route, nights (22:00 to 07:00 UTC): now, until 2027-01-16T07:00:00Z (routes[0].quiet[0], line 3)"
      )
    )
    #expect(
      warning.contains(
        "quiet hours of the route, days 1-15 jan UTC: now, until 2027-01-16T00:00:00Z (routes[0].quiet[1], line 3)"
      )
    )
    #expect(
      warning.contains(
        """
        active hours of j, office (09:00 to 17:00 mon-fri UTC), 2027-01-16 UTC: not now, until 2027-01-16T00:00:00Z \
        (channels.j.only, line 2)
        """
      )
    )
    #expect(try !text(.critical).contains("nights"))
  }

  @Test(
    "rejects a label argument without a name",
    arguments: [("a=b", true), ("a=", true), ("=b", false), ("a", false)]
  )
  func labels(argument: String, isFit: Bool) {
    #expect((LabelArgument(argument: argument) != nil) == isFit)
  }
}
