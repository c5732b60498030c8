// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Matchers in Alertmanager's format")
struct AlertmanagerMatcherTests {
  typealias M = AlertmanagerMatcher

  @Test(
    "are read by its classic grammar and by its grammar for UTF-8 labels",
    arguments: [
      (#"severity="critical""#, M(name: "severity", value: "critical")),
      ("team=web", M(name: "team", value: "web")),
      (#"a!="b""#, M(name: "a", value: "b", isEqual: false)),
      (#"a=~"b.*|c""#, M(name: "a", value: "b.*|c", isRegex: true)),
      (#"a !~ "x=\"y\"""#, M(name: "a", value: #"x="y""#, isRegex: true, isEqual: false)),
      (#"a="""#, M(name: "a", value: "")), ("a=", M(name: "a", value: "")),
      (#"a="b c""#, M(name: "a", value: "b c")), ("a=b c", M(name: "a", value: "b c")),
      (#"a="\n""#, M(name: "a", value: "\n")),
      // The classic grammar keeps a backslash that escapes nothing, and takes precedence if both grammars apply.
      (#"a=~"\d+""#, M(name: "a", value: #"\d+"#, isRegex: true)), (#"a=\d"#, M(name: "a", value: #"\d"#)),
      (#"a="\x41""#, M(name: "a", value: #"\x41"#)),
      (#"{foo!="x"}"#, M(name: "foo", value: "x", isEqual: false)),
      (#"{foo="x",}"#, M(name: "foo", value: "x")), (#" { foo = x } "#, M(name: "foo", value: "x")),
      ("foo-x!=y", M(name: "foo-x", value: "y", isEqual: false)),
      (#""host.name"="a""#, M(name: "host.name", value: "a")),
      (#""a\tb"=~"\u00e9|\U0001F600|\101\x42""#, M(name: "a\tb", value: "é|😀|AB", isRegex: true)),
      ("größe=1", M(name: "größe", value: "1")),
      ("a={b}", M(name: "a", value: "{b}")), ("a='b'", M(name: "a", value: "'b'")),
    ]
  )
  func reading(text: String, expected: M) throws {
    #expect(try M(text) == expected)
  }

  @Test(
    "are refused if they are invalid",
    arguments: [
      "", "a", "=b", #"a="b"#, #"a=b""#, #"a="b\""#, "{", "{}", "}", #"{a="b""#, #"a="b"}"#, #"{a="b",c="d"}"#,
      #""a="b""#, #""a.b"="\q""#, #""a.b"="\xff""#, #""a.b"="\ud800""#, #""a.b"="\8""#, #""a.b"="\400""#,
      #""a.b"="\u12""#, "\"a.b\"=\"x\ny\"", #"""="a""#, "a.b!c", "a.b~x", "a-b='c'", #"{"a.b"="c"} d"#, "foo bar=x",
    ]
  )
  func mistakes(text: String) {
    #expect(throws: MatcherSyntaxError.self) { try M(text) }
  }

  /// Made from the cases of Alertmanager's own tests of both grammars.
  static let lists: [(String, [M])] = [
    (#"severity="critical""#, [M(name: "severity", value: "critical")]),
    (#"{a="b",c!="d"}"#, [M(name: "a", value: "b"), M(name: "c", value: "d", isEqual: false)]),
    (#"a="b", c!="d","#, [M(name: "a", value: "b"), M(name: "c", value: "d", isEqual: false)]),
    (
      #" { a=~"b|c" , "d.e"!~"f" , } "#,
      [M(name: "a", value: "b|c", isRegex: true), M(name: "d.e", value: "f", isRegex: true, isEqual: false)]
    ),
    (#"{a="b,c",d="\"e,"}"#, [M(name: "a", value: "b,c"), M(name: "d", value: "\"e,")]),
    ("a=b,c=d", [M(name: "a", value: "b"), M(name: "c", value: "d")]),
    ("{a=b c,d=}", [M(name: "a", value: "b c"), M(name: "d", value: "")]),
    (#"{"größe"="1",a="b"}"#, [M(name: "größe", value: "1"), M(name: "a", value: "b")]),
    (#"a="b",a!="c""#, [M(name: "a", value: "b"), M(name: "a", value: "c", isEqual: false)]),
  ]

  @Test("may be several in one text, separated by commas", arguments: lists)
  func list(text: String, expected: [M]) throws {
    #expect(try M.list(text) == expected)
  }

  @Test(
    "are refused if one of several is invalid",
    arguments: ["", "{}", ",", "a=b,,c=d", ",a=b", #"{a="b",c}"#, #"{"a"="b" "c"="d"}"#, #"{"a"="b","c"="d""#, "a,b=c"]
  )
  func badList(text: String) {
    #expect(throws: MatcherSyntaxError.self) { try M.list(text) }
  }

  @Test("become one condition for each label")
  func conditions() throws {
    let matcher = try Matcher(M.list(#"team=~"web|db",env!="dev",team!="db""#))
    #expect(matcher.labels.map(\.name) == ["team", "env"])
    var memo = MatchMemo()
    for (team, env, isMatch) in [("web", "", true), ("web", "dev", false), ("db", "prod", false), ("", "prod", false)] {
      let alert = Alert.test("a", labels: ["team": team, "env": env])
      #expect(matcher.matches(alert, memo: &memo) == isMatch, "\(team) \(env)")
    }
  }

  @Test("with an invalid expression name its label")
  func invalidExpression() throws {
    let matchers = try M.list(#"a="b",team=~"(""#)
    let error = #expect(throws: PatternError.self) { try Matcher(matchers) }
    #expect(error?.text.hasPrefix("team: ") == true)
  }

  @Test("are read back from their text", arguments: ["a", "a\"b", "a\\b", "\\n", "x\ny", "", "é|(x)"])
  func text(value: String) throws {
    for matcher in [M(name: "n", value: value), M(name: "n", value: value, isRegex: true, isEqual: false)] {
      #expect(try M(matcher.text) == matcher)
    }
  }

  static let samples: [(matcher: M, takes: [String], leaves: [String])] = [
    (M(name: "a", value: "db*"), ["db*"], ["db1", ""]),
    (M(name: "a", value: "/x/"), ["/x/"], ["x"]),
    (M(name: "a", value: #"q\E*"#), [#"q\E*"#], ["q*", "q"]),
    (M(name: "a", value: "db", isEqual: false), ["db1", "", "xdb"], ["db"]),
    (M(name: "a", value: "d.", isRegex: true), ["db", "dé"], ["db1", "xdb", "", "db\n"]),
    (M(name: "a", value: "db", isRegex: true), ["db"], ["db1"]),
    (M(name: "a", value: "x|y", isRegex: true), ["x", "y"], ["xz", "zy"]),
    (M(name: "a", value: "x|y", isRegex: true, isEqual: false), ["xz", ""], ["x", "y"]),
    (M(name: "a", value: "(?i)Web", isRegex: true), ["wEB"], ["web1"]),
    (M(name: "a", value: "a.c", isRegex: true), ["abc"], ["a\nc"]),
    (M(name: "a", value: "1.2", isEqual: false), ["1x2"], ["1.2"]),
    (M(name: "a", value: #"q\Er"#, isEqual: false), ["q"], [#"q\Er"#]),
    (M(name: "a", value: "u\u{308}"), ["u\u{308}"], ["ü"]),
    (M(name: "a", value: "ü", isRegex: true), ["ü"], ["u\u{308}"]),
  ]

  @Test("match the same values as in Alertmanager, anchored at both ends and by bytes", arguments: samples)
  func matching(sample: (matcher: M, takes: [String], leaves: [String])) throws {
    let patterns = try sample.matcher.patterns()
    var memo = MatchMemo()
    for value in sample.takes { #expect(patterns.matches(value, memo: &memo), "\(patterns.text) takes \(value)") }
    for value in sample.leaves { #expect(!patterns.matches(value, memo: &memo), "\(patterns.text) leaves \(value)") }
  }

  @Test("read back unchanged, also from the ledger", arguments: samples.map(\.matcher))
  func roundTrip(matcher: M) throws {
    let silence = Silence.of("a", try matcher.patterns())
    let stored = try #require(Silence(stored: silence.stored))
    #expect(stored.matcher.labels.count == 1)
    for label in stored.matcher.labels {
      let shown = M.equivalent(to: label.patterns, of: "a")
      // A text with \E in it is returned as an expression for it.
      if matcher.value == #"q\E*"# { continue }
      #expect(shown == [matcher])
    }
  }

  @Test(
    "with an invalid expression are refused, instead of matching nothing",
    arguments: ["(", "a)|(b", "(?!a)", "\\C", "(a{1000}){1000}"]
  )
  func badRegex(value: String) {
    #expect(throws: PatternError.self) { try M(name: "a", value: value, isRegex: true).patterns() }
  }

  @Test("with the same name must all match")
  func conjunction() throws {
    let all = Patterns(all: [
      try M(name: "a", value: "db.*", isRegex: true).patterns(),
      try M(name: "a", value: "db1", isEqual: false).patterns(),
      try M(name: "a", value: ".*x", isRegex: true, isEqual: false).patterns(),
    ])
    var memo = MatchMemo()
    for (value, isMatch) in [("db2", true), ("db1", false), ("db2x", false), ("web", false)] {
      #expect(all.matches(value, memo: &memo) == isMatch, "\(value)")
    }
    #expect(
      M.equivalent(to: all, of: "a") == [
        M(name: "a", value: "db.*", isRegex: true), M(name: "a", value: "db1", isEqual: false),
        M(name: "a", value: ".*x", isRegex: true, isEqual: false),
      ]
    )
  }
}

@Suite("Patterns in Alertmanager's format")
struct EquivalentMatcherTests {
  static let values = [
    "", "web", "web1", "my web", "web\nx", "a.b", "axb", "db-1", "db-12", "WEB", "a|b", "a", "b", "x", "ü", "u\u{308}",
  ]

  @Test(
    "match the same values",
    arguments: [
      #""web""#, #""/web/""#, #""/^web/""#, #""/web$/""#, #""/^web$/""#, #""/^a|b$/""#, #""/(?i)web/""#, #""web*""#,
      #""*""#, #""a.*""#, #"["web", "a.b"]"#, #"["/^db-[0-9]$/", "*b", "a"]"#, #"["/(?i)web/", "x"]"#,
      #"{"not": "web"}"#,
      #"{"not": ["web", "a", "/^db/"]}"#, #"{"not": "/web/"}"#, #"{"not": ["w*", "/b$/"]}"#,
      #"{"not": [{"not": "/web/"}, "web"]}"#, #""/^a.b$/""#, #""/(?s)b.x/""#, #"{"not": {"not": "a"}}"#,
    ]
  )
  func same(written: String) throws {
    let patterns = try Patterns.reading(written)
    let matchers = try #require(AlertmanagerMatcher.equivalent(to: patterns, of: "a"))
    #expect(!matchers.isEmpty)
    let shown = try matchers.map { try $0.patterns() }
    var memo = MatchMemo()
    for value in EquivalentMatcherTests.values {
      let isMatch = patterns.matches(value, memo: &memo)
      #expect(shown.allSatisfy { $0.matches(value, memo: &memo) } == isMatch, "\(matchers) at \(value)")
    }
    let again = Patterns(all: shown)
    #expect(AlertmanagerMatcher.equivalent(to: again, of: "a") == matchers)
  }

  @Test("do not exist if one of several is a negation")
  func unsayable() throws {
    #expect(AlertmanagerMatcher.equivalent(to: try Patterns.reading(#"["a", {"not": "/b/"}]"#), of: "a") == nil)
  }
}

extension Patterns {
  /// Reads them in the format of `channels.json`.
  static func reading(_ json: String) throws -> Patterns {
    let source = SourceText(name: "a test", bytes: Array(json.utf8))
    var report = Report(source: source, folder: "")
    let patterns = JSONTree.parse(source).node.flatMap { Patterns.read($0, &report) }
    return try #require(patterns, "\(report.findings)")
  }
}

extension Silence {
  static func of(_ name: String, _ patterns: Patterns) -> Silence {
    var matcher = Matcher()
    matcher.labels = [Matcher.LabelMatcher(name: name, patterns: patterns)]
    return Silence(
      id: SilenceID("s1"),
      matcher: matcher,
      from: Instant(seconds: 0),
      until: Instant(seconds: 60),
      author: "ann"
    )
  }

  var stored: [UInt8] {
    var writer = JSONWriter()
    encode(into: &writer)
    return writer.bytes
  }
}
