// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@testable import BelfryServer

@Suite("Matchers as Alertmanager writes them")
struct LabelMatcherTests {
  @Test(
    "are read as amtool sends them",
    arguments: [
      (#"severity="critical""#, LabelMatcher(name: "severity", value: "critical")),
      ("team=web", LabelMatcher(name: "team", value: "web")),
      (#"a!="b""#, LabelMatcher(name: "a", value: "b", isEqual: false)),
      (#"a=~"b.*|c""#, LabelMatcher(name: "a", value: "b.*|c", isRegex: true)),
      (#"a !~ "x=\"y\"""#, LabelMatcher(name: "a", value: #"x="y""#, isRegex: true, isEqual: false)),
      (#"a="""#, LabelMatcher(name: "a", value: "")),
    ]
  )
  func reading(text: String, expected: LabelMatcher) throws {
    #expect(try LabelMatcher(text) == expected)
  }

  @Test("that are none are refused", arguments: ["", "a", "=b", #"a="b"#, #"a=b""#, #"a="b\""#])
  func mistakes(text: String) {
    #expect(throws: Refusal.self) { try LabelMatcher(text) }
  }

  static let samples: [(matcher: LabelMatcher, takes: [String], leaves: [String])] = [
    (LabelMatcher(name: "a", value: "db*"), ["db*"], ["db1", ""]),
    (LabelMatcher(name: "a", value: "/x/"), ["/x/"], ["x"]),
    (LabelMatcher(name: "a", value: "db", isEqual: false), ["db1", "", "xdb"], ["db"]),
    (LabelMatcher(name: "a", value: "d.", isRegex: true), ["db"], ["db1", "xdb", "", "db\n"]),
    (LabelMatcher(name: "a", value: "x|y", isRegex: true), ["x", "y"], ["xz", "zy"]),
    (LabelMatcher(name: "a", value: "x|y", isRegex: true, isEqual: false), ["xz", ""], ["x", "y"]),
    (LabelMatcher(name: "a", value: "1.2", isEqual: false), ["1x2"], ["1.2"]),
    (LabelMatcher(name: "a", value: #"q\Er"#, isEqual: false), ["q"], [#"q\Er"#]),
  ]

  @Test("match what they match there, tied to both ends", arguments: samples)
  func matching(sample: (matcher: LabelMatcher, takes: [String], leaves: [String])) throws {
    let pattern = try sample.matcher.pattern()
    for value in sample.takes { #expect(pattern.matches(value), "\(pattern.text) takes \(value)") }
    for value in sample.leaves { #expect(!pattern.matches(value), "\(pattern.text) leaves \(value)") }
  }

  @Test("read back as they were written, also from the ledger", arguments: samples.map(\.matcher).dropLast())
  func roundTrip(matcher: LabelMatcher) throws {
    let stored = try Pattern(text: try matcher.pattern().text)
    #expect(LabelMatcher(name: "a", stored) == matcher)
  }

  @Test(
    "a regular expression that is none is refused, not taken for one that matches nothing",
    arguments: ["(", "a)|(b"]
  )
  func badRegex(value: String) {
    #expect(throws: Refusal.self) { try LabelMatcher(name: "a", value: value, isRegex: true).pattern() }
  }

  @Test("a query is read as a form writes it")
  func query() throws {
    let query = Query("filter=a%3D%22b+c%22&filter=d%3De&active=false&x")
    #expect(query.all("filter") == [#"a="b c""#, "d=e"])
    #expect(try query.flag("active", otherwise: true) == false)
    #expect(try query.flag("silenced", otherwise: true))
    #expect(throws: Refusal.self) { try Query("active=maybe").flag("active", otherwise: true) }
    #expect(Query.decoded("100%") == "100%")
  }
}
