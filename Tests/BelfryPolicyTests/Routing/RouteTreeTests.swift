// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

/// A tree of routes as Alertmanager documents it, without Belfry's table.
private struct Tree {
  var name: String
  var conditions: [(label: String, condition: Condition)] = []
  var continues = false
  var children: [Tree] = []

  enum Condition {
    case equals(String)
    case differs(String)
    case isOneOf([String])
    case startsWith(String)

    func isMet(_ value: String) -> Bool {
      switch self {
      case .equals(let text): value == text
      case .differs(let text): value != text
      case .isOneOf(let texts): texts.contains(value)
      case .startsWith(let text): value.hasPrefix(text)
      }
    }

    var patterns: Patterns {
      switch self {
      case .equals(let text): Patterns([.exact(ExactText(text))])
      case .differs(let text): Patterns([.not(Patterns([.exact(ExactText(text))]))])
      case .isOneOf(let texts): Patterns(texts.map { .exact(ExactText($0)) })
      case .startsWith(let text): Patterns([.glob(Glob("\(text)*"))])
      }
    }
  }

  /// The receivers of an alert, as Alertmanager documents them.
  ///
  /// An alert traverses the children of a node that it matches. It stops after the first matching child, unless that has
  /// `continue`. If it does not match any child, the node itself handles it.
  func receivers(of labels: [String: String]) -> [String] {
    guard conditions.allSatisfy({ $0.condition.isMet(labels[$0.label] ?? "") }) else { return [] }
    let found = Tree.receivers(of: labels, among: children)
    return found.isEmpty ? [name] : found
  }

  static func receivers(of labels: [String: String], among siblings: [Tree]) -> [String] {
    var found: [String] = []
    for sibling in siblings {
      let receivers = sibling.receivers(of: labels)
      found += receivers
      if !receivers.isEmpty, !sibling.continues { break }
    }
    return found
  }

  /// The routes of trees beside each other.
  static func routes(_ trees: [Tree]) -> [Route] {
    var routes: [Route] = []
    func add(_ tree: Tree, in parent: Int?) {
      let index = routes.count
      routes.append(tree.route(index, parent, end: index + 1))
      for child in tree.children { add(child, in: index) }
      routes[index] = tree.route(index, parent, end: routes.count)
    }
    for tree in trees { add(tree, in: nil) }
    return routes
  }

  private func route(_ index: Int, _ parent: Int?, end: Int) -> Route {
    var matcher = Matcher()
    matcher.labels = conditions.map { Matcher.LabelMatcher(name: $0.label, patterns: $0.condition.patterns) }
    return Route(
      index: index,
      parent: parent,
      end: end,
      name: name,
      matcher: matcher,
      to: ["pager"],
      continues: continues,
      resolved: false,
      note: "",
      rule: Rule(path: name, line: 1),
      identity: name
    )
  }

  static let values = ["", "x", "y", "xy"]
  static let labels = ["a", "b", "c"]

  static func random(depth: Int, _ count: inout Int, _ random: inout SeededGenerator) -> Tree {
    count += 1
    var tree = Tree(name: "n\(count)")
    for label in labels where Int.random(in: 0..<3, using: &random) == 0 {
      let value = values.randomElement(using: &random) ?? ""
      let condition: Condition =
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .differs(value)
        case 1: .isOneOf([value, values.randomElement(using: &random) ?? ""])
        case 2: .startsWith(value)
        default: .equals(value)
        }
      tree.conditions.append((label, condition))
    }
    tree.continues = Int.random(in: 0..<3, using: &random) == 0
    guard depth > 0 else { return tree }
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      tree.children.append(self.random(depth: depth - 1, &count, &random))
    }
    return tree
  }
}

@Suite("A tree of routes")
struct RouteTreeTests {
  private static let alerts: [[String: String]] = Tree.values.flatMap { a in
    Tree.values.flatMap { b in Tree.values.map { c in ["a": a, "b": b, "c": c] } }
  }

  private func alert(_ labels: [String: String]) -> Alert {
    .test("a", labels: Labels(labels.filter { !$0.value.isEmpty }.map { Labels.Label(name: $0.key, value: $0.value) }))
  }

  @Test("leads every alert where a recursion over it leads it", arguments: 0..<60)
  func oracle(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var count = 0
    let trees = (0..<Int.random(in: 1...4, using: &random)).map { _ in Tree.random(depth: 3, &count, &random) }
    let table = RoutingTable(Tree.routes(trees))
    var memo = MatchMemo()
    for labels in RouteTreeTests.alerts {
      let found = table.resolve(alert(labels), memo: &memo).map(\.name)
      #expect(found == Tree.receivers(of: labels, among: trees), "\(labels)")
    }
  }

  @Test("is explained as it is searched", arguments: 0..<20)
  func explanation(seed: Int) {
    var random = SeededGenerator(seed: UInt64(1_000 + seed))
    var count = 0
    let trees = (0..<3).map { _ in Tree.random(depth: 2, &count, &random) }
    let rules = PolicyRules(
      table: RoutingTable(Tree.routes(trees)),
      mode: .immediate,
      modeRule: Rule(path: "mode", line: 0),
      digests: []
    )
    for labels in RouteTreeTests.alerts {
      let explanation = Policy(rules: rules).explain(alert(labels), at: PolicyEnvironment.start)
      let taking = explanation.steps.filter(\.isTaken).map(\.rule.path)
      #expect(taking == Tree.receivers(of: labels, among: trees), "\(labels)")
      #expect(explanation.steps.map(\.rule.path) == rules.table.routes.map(\.name))
    }
  }

  @Test("asks few of a thousand nested routes with exact values")
  func fewCandidates() {
    let trees = (0..<100).map { team in
      Tree(
        name: "team\(team)",
        conditions: [("team", .equals("team\(team)"))],
        children: (0..<10).map { Tree(name: "\(team).\($0)", conditions: [("severity", .equals("s\($0)"))]) }
      )
    }
    let table = RoutingTable(Tree.routes(trees))
    let alert = Alert.test("a", labels: ["team": "team42", "severity": "s7"])
    var memo = MatchMemo()
    #expect(table.resolve(alert, memo: &memo).map(\.name) == ["42.7"])
    #expect(table.candidateCount(for: alert) <= 11)
  }

  /// Alertmanager's own cases for its routing tree; here each route's name is its receiver there.
  private static let owners = """
    {"name": "default", "to": "mail", "routes": [
      {"name": "A", "match": {"labels": {"owner": "team-A"}}, "to": "pager", "routes": [
        {"name": "testing", "match": {"labels": {"env": "testing"}}},
        {"name": "productionA", "match": {"labels": {"env": "production"}}, "continue": true},
        {"name": "productionB", "match": {"labels": {"env": "/^produ.*$/", "job": "/^.*$/"}}}]},
      {"name": "BC", "match": {"labels": {"owner": "/^team-(B|C)$/"}}},
      {"name": "role", "match": {"labels": {"group_by": "role"}}, "routes": [
        {"name": "role testing", "match": {"labels": {"env": "testing"}}, "routes": [
          {"name": "long", "match": {"labels": {"wait": "long"}}}]}]}]}
    """

  /// The example in Alertmanager's documentation.
  private static let databases = """
    {"name": "default", "to": "mail", "routes": [
      {"name": "database", "match": {"labels": {"service": "/^(?:mysql|cassandra)$/"}}},
      {"name": "frontend", "match": {"labels": {"team": "frontend"}}, "to": "pager"},
      {"name": "dev", "match": {"labels": {"service": "inhouse-service"}}, "continue": true},
      {"name": "on-call", "match": {"labels": {"service": "inhouse-service"}}}]}
    """

  @Test(
    "takes alerts as in Alertmanager's examples",
    arguments: [
      (owners, ["owner": "team-A"], ["A"]), (owners, ["owner": "team-A", "env": "unset"], ["A"]),
      (owners, ["owner": "team-A", "env": "testing"], ["testing"]),
      (owners, ["owner": "team-A", "env": "production"], ["productionA", "productionB"]),
      (owners, ["owner": "team-A", "env": "produ"], ["productionB"]), (owners, ["owner": "team-C"], ["BC"]),
      (owners, ["owner": "team-D"], ["default"]), (owners, [:], ["default"]),
      (owners, ["group_by": "role"], ["role"]), (owners, ["env": "testing", "group_by": "role"], ["role testing"]),
      (owners, ["env": "testing", "group_by": "role", "wait": "long"], ["long"]),
      (owners, ["env": "production", "owner": "team-A", "group_by": "role"], ["productionA", "productionB"]),
      (databases, ["service": "mysql", "team": "frontend"], ["database"]),
      (databases, ["service": "mysql2", "team": "frontend"], ["frontend"]),
      (databases, ["service": "inhouse-service"], ["dev", "on-call"]), (databases, ["service": "web"], ["default"]),
    ] as [(String, [String: String], [String])]
  )
  func examples(routes: String, labels: [String: String], expected: [String]) throws {
    let table = try Configuration.reading("{\"routes\": \(routes)}").rules.table
    var memo = MatchMemo()
    #expect(table.resolve(alert(labels), memo: &memo).map(\.name) == expected)
  }
}

@Suite("A route that drops its alerts")
struct DropTests {
  private static let watchdog = #"{"match": {"category": "Watchdog"}, "drop": true}"#

  @Test("notifies nobody, and is the reason")
  func drops() throws {
    var environment = try PolicyEnvironment("{\"routes\": [\(DropTests.watchdog), {\"to\": \"mail\"}]}")
    #expect(environment.take(.fired("a", .warning, "Watchdog"), .fired("b")) == ["mail: alert b"])
    #expect(
      environment.reasons == [
        "suppress a: new alert; its route drops it (routes[0])", "notify b: new alert (routes[1])",
      ]
    )
    let record = environment.alerts[AlertKey(source: "app", id: "a")]
    #expect(record?.standing == .dropped)
    #expect(record?.dropped == Rule(path: "routes[0]", line: 1))
    #expect(environment.take(.ended("a")) == [])
    #expect(environment.reasons == ["suppress a: resolved; nobody was notified (routes[0])"])
  }

  @Test("keeps nothing from another route")
  func continues() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"category": "disk"}, "drop": true, "continue": true}, {"match": {"severity": "critical"}, "to": "mail"}],
       "unrouted": "drop"}
      """
    )
    #expect(environment.take(.fired("a", .critical), .fired("b", .info)) == ["mail: alert a"])
    #expect(
      environment.reasons == [
        "suppress b: new alert; its route drops it (routes[0])", "notify a: new alert (routes[1])",
      ]
    )
  }

  @Test("drops only what no route nested in it takes")
  func nested() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"category": "disk"}, "drop": true, "routes": {"match": {"severity": "critical"}, "to": "pager"}},
       {"to": "mail"}]}
      """
    )
    #expect(environment.take(.fired("a", .critical), .fired("b", .info)) == ["pager: alert a"])
    #expect(environment.reasons.contains("suppress b: new alert; its route drops it (routes[0])"))
  }

  @Test("still owes the resolution to those who were notified before")
  func owed() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"match": {"labels": {"env": "test"}}, "drop": true}, {"to": "mail", "resolved": true}], "cooldown": 0}
      """
    )
    #expect(environment.take(.fired("a")) == ["mail: alert a"])
    #expect(environment.take(.changed(.test("a", labels: ["env": "test"]))) == [])
    #expect(environment.take(.ended("a")) == ["mail: resolved a"])
  }

  @Test("says so in an explanation")
  func explanation() throws {
    let policy = try PolicyEnvironment("{\"routes\": [\(DropTests.watchdog), {\"to\": \"mail\"}]}").policy
    let explanation = policy.explain(.test("a", .info, "Watchdog"), at: PolicyEnvironment.start)
    #expect(explanation.outcome == "It is dropped (routes[0], line 1).")
    #expect(explanation.steps[0].text == "matches category Watchdog: its alerts are dropped")
    #expect(explanation.isRouted)
  }

  @Test("wakes nobody for an alert in a burst, a digest or a reminder")
  func otherRules() throws {
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager", "repeat": "1h", "routes": \(DropTests.watchdog)}], "mode": "digest",
       "burst": {"over": 1, "to": "journal"}, "digests": {"daily": {"every": "2h", "to": "mail"}}}
      """
    )
    #expect(environment.take(.fired("a", .critical, "Watchdog"), .fired("b", .info, "Watchdog")) == [])
    #expect(environment.advance(by: .hours(5)) == [])
    #expect(environment.lists.values.joined().isEmpty)
  }
}

@Suite("A nested route")
struct InheritanceTests {
  private func routes(_ text: String) throws -> [Route] {
    try Configuration.reading(
      "{\"routes\": [\n\(text)\n], \"digests\": {\"daily\": {\"every\": \"1h\", \"to\": \"journal\"}}}"
    ).rules.table.routes
  }

  private static let whole = """
    {"to": ["pager", "mail"], "cooldown": "5m", "repeat": "2h", "resolved": true, "name": "outer", "note": "n",
     "cap": {"over": 9, "per": "1h"}, "escalate": {"after": "15m", "to": "journal"},
     "quiet": {"from": "22:00", "to": "07:00"},
    """

  @Test("inherits where its alerts go and how, at any depth")
  func inherits() throws {
    let routes = try routes(
      InheritanceTests.whole + #"""
         "routes": [{"match": {"category": "disk"}, "continue": true,
          "routes": {"match": {"severity": "info"}}}]}
        """#
    )
    #expect(routes.map(\.path) == ["routes[0]", "routes[0].routes[0]", "routes[0].routes[0].routes[0]"])
    #expect(routes.map(\.parent) == [nil, 0, 1])
    #expect(routes.map(\.end) == [3, 3, 3])
    for route in routes {
      #expect(route.to == ["pager", "mail"])
      #expect(route.cooldown?.rule == Rule(path: "routes[0].cooldown", line: 2))
      #expect(route.reminder?.rule == Rule(path: "routes[0].repeat", line: 2))
      #expect(route.escalations.map(\.rule) == [Rule(path: "routes[0].escalate[0]", line: 3)])
      #expect(route.quiet?.rule == Rule(path: "routes[0].quiet", line: 4))
      #expect(route.sendsResolution(on: "mail"))
    }
    #expect(routes.map { $0.cap == nil } == [false, true, true])
    #expect(routes.map(\.continues) == [false, true, false])
    #expect(routes.map(\.name) == ["outer", "routes[0].routes[0]", "routes[0].routes[0].routes[0]"])
    #expect(routes.map(\.note) == ["n", "", ""])
    #expect(Set(routes.map(\.identity)).count == 3)
  }

  @Test("inherits nothing for which it has null, and neither do those in it")
  func null() throws {
    let routes = try routes(
      InheritanceTests.whole + #"""
         "routes": [{"match": {"category": "disk"}, "cooldown": null, "repeat": null, "resolved": null, "escalate": null,
          "quiet": null, "to": null, "digest": "daily", "routes": {"match": {"severity": "info"}}}]}
        """#
    )
    for route in routes.dropFirst() {
      #expect(route.to.isEmpty)
      #expect(route.digest == "daily")
      #expect(route.cooldown == nil)
      #expect(route.reminder == nil)
      #expect(route.escalations.isEmpty)
      #expect(route.quiet == nil)
      #expect(!route.sendsResolution(on: "journal"))
    }
  }

  @Test(
    "inherits nothing that contradicts a key of its own",
    arguments: [
      (#""cooldown": "5m""#, #""group": {"every": "1m"}"#, false, true, false),
      (#""group": {"every": "1m"}"#, #""cooldown": "5m""#, true, false, false),
      (#""group": {"every": "1m"}"#, #""digest": "daily""#, false, false, true),
      (#""digest": "daily""#, #""group": {"every": "1m"}"#, false, true, false),
      (#""digest": "daily""#, #""to": "mail""#, false, false, false),
      (#""digest": "daily""#, #""repeat": "1h""#, false, false, true),
      (#""group": {"every": "1m"}"#, #""burst": {"over": 3}"#, false, false, false),
    ]
  )
  func contradiction(outer: String, own: String, hasCooldown: Bool, hasGroup: Bool, hasDigest: Bool) throws {
    let to = outer.contains("digest") ? #""to": "journal""# : #""to": "pager""#
    let route = try routes("{\(to), \(outer), \"routes\": {\"match\": {\"severity\": \"info\"}, \(own)}}")[1]
    #expect((route.cooldown != nil) == hasCooldown)
    #expect((route.group != nil) == hasGroup)
    #expect((route.digest != nil) == hasDigest)
  }

  @Test("of a route that drops its alerts inherits how, but not where")
  func dropping() throws {
    let routes = try routes(
      """
      {"to": "pager", "repeat": "1h", "routes": {"match": {"category": "disk"}, "drop": true, "resolved": true,
       "routes": {"match": {"severity": "critical"}, "to": "mail"}}}
      """
    )
    #expect(routes.map(\.drops) == [false, true, false])
    #expect(routes[1].to.isEmpty)
    #expect(routes[1].reminder == nil)
    #expect(routes[2].to == ["mail"])
    #expect(routes[2].reminder != nil)
    #expect(routes[2].sendsResolution(on: "mail"))
    let error = #expect(throws: Unreadable.self) {
      try self.routes(#"{"to": "pager", "routes": {"drop": true, "routes": {"match": {"severity": "critical"}}}}"#)
    }
    #expect(error?.description.contains("the route has no destination") == true)
  }

  @Test("is called by its name in messages, and by its place in rules")
  func name() throws {
    var environment = try PolicyEnvironment(
      #"{"routes": {"to": "mail", "routes": {"name": "disks\nand more", "match": {"category": "disk"}, "resolved": true}}}"#
    )
    environment.take(.fired("a"))
    #expect(environment.deliveries.map(\.route) == ["disks and more"])
    #expect(environment.reasons == ["notify a: new alert (routes[0].routes[0])"])
    environment.take(.ended("a"))
    #expect(environment.reasons == ["notify a: resolved (routes[0].routes[0].resolved)"])
  }

  @Test("is explained below the route around it")
  func explanation() throws {
    let policy = try PolicyEnvironment(
      """
      {"routes": [{"name": "ops", "match": {"category": "disk"}, "to": "mail", "routes": [
         {"match": {"severity": "critical"}, "to": "pager", "continue": true}, {"match": {"labels": {"team": "web"}}}]},
       {"match": {"source": "db"}, "to": "pager", "routes": {"match": {"severity": "info"}}}, {"to": "journal"}]}
      """
    ).policy
    func texts(_ alert: Alert) -> [String] {
      policy.explain(alert, at: PolicyEnvironment.start).steps.map { "\($0.depth) \($0.isTaken) \($0.text)" }
    }
    #expect(
      texts(.test("a", .critical, labels: ["team": "web"])) == [
        "0 false matches category disk, and leaves it to routes[0].routes[0], routes[0].routes[1]",
        "1 true matches severity critical → pager", "1 true matches team web → mail",
        "0 false not checked: ops matches and does not continue",
        "1 false not checked: ops matches and does not continue",
        "0 false not checked: ops matches and does not continue",
      ]
    )
    #expect(
      texts(.test("a", .info)) == [
        "0 true matches category disk, and no route nested in it does → mail",
        "1 false severity is info, not critical", "1 false label team is absent, not web",
        "0 false not checked: ops matches and does not continue",
        "1 false not checked: ops matches and does not continue",
        "0 false not checked: ops matches and does not continue",
      ]
    )
    #expect(
      texts(.test("a", .info, "cpu")) == [
        "0 false category is cpu, not disk", "1 false not checked: ops does not match",
        "1 false not checked: ops does not match",
        "0 false source is app, not db", "1 false not checked: routes[1] does not match",
        "0 true matches everything → journal",
      ]
    )
  }
}
