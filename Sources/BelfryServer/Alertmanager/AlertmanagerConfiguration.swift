// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryPolicy

/// The routes as an Alertmanager configuration, for `amtool config routes` and other clients that read it at
/// `/api/v2/status`.
///
/// It routes labels to the channels that get an alert pushed with those labels. The file itself is not shown, because
/// it may be confidential.
struct AlertmanagerConfiguration: Sendable {
  /// A route below the root: if all its matchers match, and none of its own routes takes the alert, its receiver gets it.
  private struct Child {
    var receiver: String
    var matchers: [AlertmanagerMatcher]
    var continues: Bool
    var routes: [Child] = []
  }

  /// The receiver of alerts that no route takes, or that one drops; no channel has such a name.
  private static let nobody = "(nobody)"
  private static let unsaid = "(routes cannot be shown here: use belfry explain)"

  private let receivers: [ChannelName]
  /// Nil if a route cannot be expressed in Alertmanager's matchers: then no route is shown, rather than a wrong one.
  private let children: [Child]?

  init(_ configuration: Configuration) {
    receivers = configuration.channels.keys.sorted()
    let rules = configuration.rules
    children = AlertmanagerConfiguration.children(rules.table.routes.indices, rules)
  }

  /// The routes beside each other, and those nested in them; nil if one of them cannot be expressed.
  private static func children(_ range: Range<Int>, _ rules: PolicyRules) -> [Child]? {
    var children: [Child] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let route = rules.table.routes[index]
      guard let nested = AlertmanagerConfiguration.children(index + 1..<route.end, rules),
        let found = self.children(for: route, with: nested, rules)
      else { return nil }
      children += found
      index = route.end
    }
    return children
  }

  /// One child per channel, because routes have one receiver there, and per way to meet the route's constraints.
  private static func children(for route: Route, with nested: [Child], _ rules: PolicyRules) -> [Child]? {
    guard let ways = ways(of: route.matcher, rules.severities) else { return nil }
    let receivers = route.drops ? [nobody] : channels(of: route, rules).map(\.name)
    guard nested.isEmpty || receivers.count == 1 else {
      // Its own channels become the last of its routes. They would also get what an earlier one takes and continues with.
      guard !nested.contains(where: \.continues) else { return nil }
      let own = receivers.map { Child(receiver: $0, matchers: [], continues: $0 != receivers.last) }
      return ways.map {
        Child(receiver: receivers[0], matchers: $0, continues: route.continues, routes: nested + own)
      }
    }
    return receivers.enumerated().flatMap { index, receiver in
      let isLast = index == receivers.count - 1
      return ways.map {
        Child(receiver: receiver, matchers: $0, continues: isLast ? route.continues : true, routes: nested)
      }
    }
  }

  private static func channels(of route: Route, _ rules: PolicyRules) -> [ChannelName] {
    let digest = route.digest.flatMap { rules.digest($0) }?.to ?? []
    return (route.to.isEmpty ? digest : route.to).distinct
  }

  /// The label matchers of a route; at most one of the alternatives matches any labels.
  private static func ways(of matcher: Matcher, _ scale: SeverityScale) -> [[AlertmanagerMatcher]]? {
    guard matcher.unless.isEmpty else { return nil }
    var ways: [[AlertmanagerMatcher]] = [[]]
    func add(_ choices: [[AlertmanagerMatcher]]?) -> Bool {
      guard let choices else { return false }
      ways = ways.flatMap { way in choices.map { way + $0 } }
      return true
    }
    if let severity = matcher.severity { guard add(choices(for: severity, scale)) else { return nil } }
    if let category = matcher.category { guard add(choices(for: category)) else { return nil } }
    if let source = matcher.source { guard add(choices(forSource: source)) else { return nil } }
    for label in matcher.labels {
      guard add(AlertmanagerMatcher.equivalent(to: label.patterns, of: label.name).map { [$0] }) else { return nil }
    }
    return ways.joined().allSatisfy(isReadable) ? ways : nil
  }

  /// The choices for a severity; an alert without the label is a warning.
  private static func choices(
    for severity: SeveritySelector,
    _ scale: SeverityScale
  ) -> [[AlertmanagerMatcher]]? {
    let names = severity.severities.sorted().flatMap(scale.words).map { Pattern.exact(ExactText($0)) }
    let isMissing = severity.contains(scale.severity(Severity.warning.name))
    let missing: [Pattern] = isMissing ? [.exact("")] : []
    return AlertmanagerMatcher.equivalent(to: Patterns(names + missing), of: "severity").map { [$0] }
  }

  /// The choices for a category, which is the label of that name, otherwise the alert's name.
  private static func choices(for category: Patterns) -> [[AlertmanagerMatcher]]? {
    guard let labelled = AlertmanagerMatcher.equivalent(to: category, of: "category"),
      let named = AlertmanagerMatcher.equivalent(to: category, of: "alertname")
    else { return nil }
    let isLabelled = AlertmanagerMatcher(name: "category", value: "", isEqual: false)
    return [labelled + [isLabelled], [AlertmanagerMatcher(name: "category", value: "")] + named]
  }

  /// The choices for a source; an alert listed with the label came from that source, one without it was pushed.
  private static func choices(forSource source: Patterns) -> [[AlertmanagerMatcher]]? {
    guard let labelled = AlertmanagerMatcher.equivalent(to: source, of: "source") else { return nil }
    var memo = MatchMemo()
    let isLabelled = AlertmanagerMatcher(name: "source", value: "", isEqual: false)
    let pushed = [AlertmanagerMatcher(name: "source", value: "")]
    return [labelled + [isLabelled]] + (source.matches(SourceName.push.name, memo: &memo) ? [pushed] : [])
  }

  /// Whether Alertmanager accepts it in a configuration: the classic grammar allows only ASCII names.
  private static func isReadable(_ matcher: AlertmanagerMatcher) -> Bool {
    let name = Array(matcher.name.text.utf8)
    let isName = name.enumerated().allSatisfy { index, byte in
      let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x3A
      return isLetter || index > 0 && (0x30...0x39).contains(byte)
    }
    let isPrintable = matcher.value.text.unicodeScalars.allSatisfy {
      $0 == "\n" || !$0.properties.generalCategory.isControl
    }
    return isName && !name.isEmpty && isPrintable
  }

  /// The configuration in YAML.
  var text: String {
    let root = children == nil ? AlertmanagerConfiguration.unsaid : AlertmanagerConfiguration.nobody
    var lines = ["# Belfry: `belfry explain` shows the rules.", "route:", "  receiver: \(quoted(root))"]
    write(children ?? [], indent: "  ", to: &lines)
    lines.append("receivers:")
    lines += ([root] + receivers.map(\.name)).map { "- name: \(quoted($0))" }
    return lines.joined(separator: "\n") + "\n"
  }

  private func write(_ children: [Child], indent: String, to lines: inout [String]) {
    if !children.isEmpty { lines.append("\(indent)routes:") }
    for child in children {
      lines.append("\(indent)- receiver: \(quoted(child.receiver))")
      if child.continues { lines.append("\(indent)  continue: true") }
      if !child.matchers.isEmpty { lines.append("\(indent)  matchers:") }
      lines += child.matchers.map { "\(indent)  - \(quoted($0.text))" }
      write(child.routes, indent: indent + "  ", to: &lines)
    }
  }

  /// A YAML string in single quotes; quotes inside it are doubled.
  private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}

extension Unicode.GeneralCategory {
  fileprivate var isControl: Bool { [.control, .lineSeparator, .paragraphSeparator, .surrogate].contains(self) }
}
