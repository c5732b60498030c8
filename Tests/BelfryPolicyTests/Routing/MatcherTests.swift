// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Matchers")
struct MatcherTests {
  private static let labels: Labels = ["team": "web", "host": "db-01", "empty": "", "u": "u\u{308}"]
  private static let alert = Alert.test("a", .warning, "disk_full", from: "app", labels: labels)

  @Test(
    "compare an alert with their conditions",
    arguments: [
      (#""severity": "warning""#, true), (#""severity": "critical""#, false),
      (#""severity": ["critical", "warning"]"#, true), (#""severity": ["critical", "info"]"#, false),
      (#""severity": "warning+""#, true), (#""severity": "info+""#, true), (#""severity": "critical+""#, false),
      (#""severity": ["critical+", "odd"]"#, false), ("", true),
      (#""category": "disk_full""#, true), (#""category": "disk""#, false), (#""category": "disk*""#, true),
      (#""category": "*full""#, true), (#""category": "d*_*l""#, true), (#""category": "*""#, true),
      (#""category": "*x*""#, false), (#""category": "DISK_FULL""#, false), (#""category": """#, false),
      (#""category": "/sk_/""#, true), (#""category": "/^sk_/""#, false), (#""category": "/^disk_[a-z]+$/""#, true),
      (#""category": ["x", "/^no/", "disk*"]"#, true), (#""category": ["x", "y"]"#, false),
      (#""category": "/""#, false),
      (#""source": "app""#, true), (#""source": ["db", "cli"]"#, false), (#""source": "a*""#, true),
      (#""labels": {"team": "web"}"#, true), (#""labels": {"team": "web", "host": "db-*"}"#, true),
      (#""labels": {"team": "web", "host": "web-*"}"#, false), (#""labels": {"team": ["db", "web"]}"#, true),
      (#""labels": {"absent": ""}"#, true), (#""labels": {"empty": ""}"#, true), (#""labels": {"team": ""}"#, false),
      (#""labels": {"absent": ["", "x"]}"#, true), (#""labels": {"absent": "x"}"#, false), (#""labels": {}"#, true),
      (#""labels": {"absent": "*"}"#, true), (#""labels": {"absent": "/^$/"}"#, true),
      (#""labels": {"absent": "/./"}"#, false),
      (#""labels": {"team": {"not": "db"}}"#, true), (#""labels": {"team": {"not": ["web", "db"]}}"#, false),
      (#""labels": {"absent": {"not": "x"}}"#, true), (#""labels": {"team": ["db", {"not": "/^x/"}]}"#, true),
      (#""category": {"not": "disk*"}"#, false), (#""source": {"not": {"not": "app"}}"#, true),
      (#""labels": {"u": "ü"}"#, false), (#""labels": {"u": "u\u0308"}"#, true), (#""labels": {"u": "ü*"}"#, false),
      (#""labels": {"u": "/^ü$/"}"#, false), (#""labels": {"u": {"not": "ü"}}"#, true),
      (#""severity": "warning", "category": "disk*", "source": "app", "labels": {"team": "web"}"#, true),
      (#""severity": "warning", "category": "disk*", "source": "db", "labels": {"team": "web"}"#, false),
    ]
  )
  func matches(members: String, isMatch: Bool) throws {
    let table = try table(#"{"match": {\#(members)}, "to": "pager", "continue": true}, {"to": "mail"}"#)
    var memo = MatchMemo()
    #expect(table.routes[0].matcher.matches(Self.alert, memo: &memo) == isMatch)
    #expect(table.resolve(Self.alert, memo: &memo).map(\.index) == (isMatch ? [0, 1] : [1]))
  }

  @Test("for a known severity and worse exclude unknown ones", arguments: ["critical+", "warning+", "info+"])
  func unknownSeverity(text: String) throws {
    let table = try table(#"{"match": {"severity": "\#(text)"}, "to": "pager"}, {"to": "mail"}"#)
    var memo = MatchMemo()
    #expect(table.resolve(.test("a", .odd), memo: &memo).map(\.index) == [1])
    #expect(table.resolve(.test("a", .critical), memo: &memo).map(\.index) == [0])
  }

  @Test("may name an unknown severity")
  func ownSeverity() throws {
    let table = try table(#"{"match": {"severity": "page"}, "to": "pager"}, {"to": "mail"}"#)
    var memo = MatchMemo()
    #expect(table.resolve(.test("a", Severity("page")), memo: &memo).map(\.index) == [0])
    #expect(table.resolve(.test("a", Severity("Page")), memo: &memo).map(\.index) == [1])
  }

  @Test("name the condition that is not met")
  func mismatch() {
    var memo = MatchMemo()
    var matcher = Matcher()
    #expect(matcher.mismatch(Self.alert, memo: &memo) == nil)
    matcher.labels = [Matcher.LabelMatcher(name: "team", patterns: Patterns([.exact("db")]))]
    #expect(matcher.mismatch(Self.alert, memo: &memo) == .label("team"))
    matcher.source = Patterns([.exact("db")])
    #expect(matcher.mismatch(Self.alert, memo: &memo) == .source)
    matcher.category = Patterns([.exact("x")])
    #expect(matcher.mismatch(Self.alert, memo: &memo) == .category)
    matcher.severity = SeveritySelector([.info])
    #expect(matcher.mismatch(Self.alert, memo: &memo) == .severity)
  }

  @Test(
    "may be a list in Alertmanager's format, of which all must match",
    arguments: [
      (#"["team=web"]"#, true), (#""team=web""#, true), (#"["team=web", "host=~\"db-.*\""]"#, true),
      (#"["team=web", "host=~\"db\""]"#, false), (#"["team=web,host!=db-01"]"#, false),
      (#"["{team=\"web\", host=\"db-01\"}"]"#, true), (#"["team=~\"web|db\"", "team!=db"]"#, true),
      (#"["absent="]"#, true), (#"["absent!~\".+\"", "empty=\"\""]"#, true), (#"["absent!=\"\""]"#, false),
      // The alert has no `alertname`, so its fields stand for the labels.
      (#"["alertname=disk_full", "severity=warning", "source=app"]"#, true), (#"["severity=critical"]"#, false),
      (#"["alertname=~\"disk\""]"#, false), (#"["\"u\"=\"u\u0308\""]"#, true), (#"["u=ü"]"#, false),
    ]
  )
  func list(written: String, isMatch: Bool) throws {
    let table = try table(#"{"match": \#(written), "to": "pager", "continue": true}, {"to": "mail"}"#)
    var memo = MatchMemo()
    #expect(table.resolve(Self.alert, memo: &memo).map(\.index) == (isMatch ? [0, 1] : [1]))
    #expect(table.routes[0].matcher.matches(Self.alert, memo: &memo) == isMatch)
  }

  @Test("of an alert with an alertname see only its own labels")
  func ownLabels() throws {
    let table = try table(#"{"match": ["severity="], "to": "pager"}, {"match": ["severity=warning"], "to": "mail"}"#)
    var memo = MatchMemo()
    let own = Alert.test("a", .warning, labels: ["alertname": "X"])
    #expect(table.resolve(own, memo: &memo).map(\.index) == [0])
    #expect(table.resolve(.test("a", .warning), memo: &memo).map(\.index) == [1])
  }

  @Test("of a route leave out what its `unless` matches, in both forms")
  func unless() throws {
    let routes = #"{"match": ["team=web"], "unless": UNLESS, "to": "pager", "name": "web"}, {"to": "mail"}"#
    for unless in [#"["env=test"]"#, #""env=\"test\"""#, #"{"labels": {"env": "test"}}"#] {
      let table = try table(routes.replacing("UNLESS", with: unless))
      var memo = MatchMemo()
      for (env, index) in [("test", 1), ("prod", 0), ("", 0)] {
        let alert = Alert.test("a", labels: ["team": "web", "env": env])
        #expect(table.resolve(alert, memo: &memo).map(\.index) == [index], "\(unless) \(env)")
      }
      #expect(table.routes[0].matcher.text == "team web unless (env test)")
    }
  }

  @Test("do not take what they exclude")
  func excludes() throws {
    var memo = MatchMemo()
    var matcher = Matcher()
    matcher.category = Patterns([.exact("disk_full")])
    let web = try Matcher(AlertmanagerMatcher.list(#"team="web",host=~"db.*""#))
    matcher.unless = [try Matcher(AlertmanagerMatcher.list("team=db")), web]
    #expect(matcher.mismatch(Self.alert, memo: &memo) == .excluded(by: web))
    #expect(matcher.text == "category disk_full unless (team db) or (team web, host /^(?:db.*)$/)")
    #expect(!matcher.isCatchAll)
    matcher.unless = [try Matcher(AlertmanagerMatcher.list(#"team="web",host="x""#))]
    #expect(matcher.mismatch(Self.alert, memo: &memo) == nil)
  }

  @Test("joined by both match what each matches, and leave out what either excludes")
  func joined() throws {
    var memo = MatchMemo()
    var first = try Matcher(AlertmanagerMatcher.list("team=web"))
    first.unless = [try Matcher(AlertmanagerMatcher.list("env=test"))]
    var second = try Matcher(AlertmanagerMatcher.list(#"team=~"w.*",host=~"db.*""#))
    second.unless = [try Matcher(AlertmanagerMatcher.list("host=db-02"))]
    for both in [first.and(second), second.and(first)] {
      func matches(_ labels: Labels) -> Bool { both.matches(.test("a", labels: labels), memo: &memo) }
      #expect(matches(["team": "web", "host": "db-01"]))
      #expect(!matches(["team": "wide", "host": "db-01"]))
      #expect(!matches(["team": "web", "host": "app"]))
      #expect(!matches(["team": "web", "host": "db-01", "env": "test"]))
      #expect(!matches(["team": "web", "host": "db-02"]))
    }
  }

  @Test("cover another one only if it excludes the same")
  func coversExclusion() throws {
    let team = try Matcher(AlertmanagerMatcher.list("team=web"))
    let host = try Matcher(AlertmanagerMatcher.list("host=a"))
    func all(unless: [Matcher]) -> Matcher {
      var matcher = Matcher()
      matcher.unless = unless
      return matcher
    }
    let cases: [(wide: [Matcher], narrow: [Matcher], isCovered: Bool)] = [
      ([], [team], true), ([team], [team], true), ([team], [host, team], true), ([team], [], false),
      ([team], [host], false), ([team, host], [team], false),
    ]
    for (wide, narrow, isCovered) in cases {
      #expect(all(unless: wide).covers(all(unless: narrow)) == isCovered, "\(wide) \(narrow)")
      var covering = CoveringMatchers(among: [all(unless: wide)])
      covering.add(all(unless: wide), at: 0)
      #expect(covering.first(covering: all(unless: narrow)) == (isCovered ? 0 : nil))
    }
  }

  @Test("read back from the ledger with what they exclude")
  func stored() throws {
    var silence = Silence.of("team", Patterns([.exact("web")]))
    silence.matcher.unless = [try Matcher(AlertmanagerMatcher.list(#"host=~"a.*",env!="prod""#)), silence.matcher]
    #expect(Silence(stored: silence.stored) == silence)
    silence.matcher.unless[0].unless = [Matcher()]
    #expect(Silence(stored: silence.stored) == silence)
  }

  @Test(
    "see the labels that Alertmanager's clients see",
    arguments: [
      ["team": "web"], ["alertname": "X", "team": "web"], ["severity": "page"], ["source": "", "alertname": ""],
      ["u\u{308}": "1"], [:],
    ] as [Labels],
    ["", "disk"]
  )
  func labelled(labels: Labels, category: String) {
    let alert = Alert.test("a", .critical, category, labels: labels)
    for name in ["alertname", "severity", "source", "team", "absent", "ü", "u\u{308}"] {
      #expect(alert.value(ofLabel: name).isExactly(alert.labelled[name] ?? ""), "\(name)")
    }
  }

  @Test("that cover another match everything that it matches")
  func covers() throws {
    let words = ["", #""a""#, #""b""#, #"["a", "b"]"#, #""a*""#, #""""#, #""/a/""#]
    let matchers = try words.flatMap { category in
      try words.map { label in
        let members = [("category", category), ("labels", label.isEmpty ? "" : "{\"x\": \(label)}")]
          .filter { !$0.1.isEmpty }.map { "\"\($0.0)\": \($0.1)" }
        return try table("{\"match\": {\(members.joined(separator: ", "))}, \"to\": \"pager\"}").routes[0].matcher
      }
    }
    let values = ["", "a", "b", "ab"]
    let alerts = values.flatMap { category in values.map { Alert.test("i", .info, category, labels: ["x": $0]) } }
    var covered = 0
    var memo = MatchMemo()
    for wide in matchers {
      for narrow in matchers where wide.covers(narrow) {
        covered += 1
        for alert in alerts where narrow.matches(alert, memo: &memo) { #expect(wide.matches(alert, memo: &memo)) }
      }
    }
    #expect(covered > matchers.count)
  }

  private func table(_ routes: String) throws -> RoutingTable {
    try Configuration.reading(#"{"routes": [\#(routes)], "unrouted": "drop"}"#).rules.table
  }
}

@Suite("Globs")
struct GlobTests {
  @Test(
    "match from end to end, whatever their stars stand for",
    arguments: [
      ("*", "", true), ("*", "x", true), ("**", "x", true), ("a*", "a", true), ("a*", "ba", false), ("*a", "ba", true),
      ("*a", "ab", false), ("a*a", "a", false), ("a*a", "aa", true), ("a*b*c", "abc", true), ("a*b*c", "axxbyyc", true),
      ("a*b*c", "acb", false), ("*ab*ab*", "abab", true), ("*ab*ab*", "aba", false), ("é*", "école", true),
      ("*.example.com", "a.b.example.com", true), ("*.example.com", "example.com", false), ("ab*l", "abl", true),
      ("ab*bl", "abl", false),
    ]
  )
  func matches(glob: String, value: String, isMatch: Bool) {
    #expect(Glob(glob).matches(value) == isMatch)
  }
}
