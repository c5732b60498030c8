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
  /// A child of the root route: if all its matchers match, its receiver gets the alert.
  private struct Child {
    var receiver: String
    var matchers: [AlertmanagerMatcher]
    var continues: Bool
  }

  /// The receiver of alerts that no route takes; no channel has such a name.
  private static let nobody = "(nobody)"
  private static let unsaid = "(routes cannot be shown here: use belfry explain)"

  private let channels: [ChannelName]
  /// Nil if a route cannot be expressed in Alertmanager's matchers: then no route is shown, rather than a wrong one.
  private let children: [Child]?

  init(_ configuration: Configuration) {
    channels = configuration.channels.keys.sorted()
    var children: [Child]? = []
    for route in configuration.rules.table.routes {
      let found = AlertmanagerConfiguration.children(for: route, configuration.rules)
      children = found.flatMap { found in children.map { $0 + found } }
    }
    self.children = children
  }

  /// One child per channel, because routes have one receiver there, and per way to meet the route's constraints.
  private static func children(for route: Route, _ rules: PolicyRules) -> [Child]? {
    guard let ways = ways(of: route.matcher) else { return nil }
    let digest = route.digest.flatMap { rules.digest($0) }?.to ?? []
    let channels = (route.to.isEmpty ? digest : route.to).distinct
    return channels.enumerated().flatMap { index, channel in
      ways.map { way in
        let isLast = index == channels.count - 1
        return Child(receiver: channel.name, matchers: way, continues: isLast ? route.continues : true)
      }
    }
  }

  /// The label matchers of a route; at most one of the alternatives matches any labels.
  private static func ways(of matcher: Matcher) -> [[AlertmanagerMatcher]]? {
    guard matcher.unless.isEmpty else { return nil }
    var ways: [[AlertmanagerMatcher]] = [[]]
    func add(_ choices: [[AlertmanagerMatcher]]?) -> Bool {
      guard let choices else { return false }
      ways = ways.flatMap { way in choices.map { way + $0 } }
      return true
    }
    if let severity = matcher.severity { guard add(choices(for: severity)) else { return nil } }
    if let category = matcher.category { guard add(choices(for: category)) else { return nil } }
    if let source = matcher.source { guard add(choices(forSource: source)) else { return nil } }
    for label in matcher.labels {
      guard add(AlertmanagerMatcher.equivalent(to: label.patterns, of: label.name).map { [$0] }) else { return nil }
    }
    return ways.joined().allSatisfy(isReadable) ? ways : nil
  }

  /// The choices for a severity; an alert without the label is a warning.
  private static func choices(for severity: SeveritySelector) -> [[AlertmanagerMatcher]]? {
    let names = severity.severities.sorted().map { Pattern.exact(ExactText($0.name)) }
    let missing: [Pattern] = severity.contains(.warning) ? [.exact("")] : []
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
    if let children, !children.isEmpty {
      lines.append("  routes:")
      for child in children {
        lines.append("  - receiver: \(quoted(child.receiver))")
        if child.continues { lines.append("    continue: true") }
        if child.matchers.isEmpty { continue }
        lines.append("    matchers:")
        lines += child.matchers.map { "    - \(quoted($0.text))" }
      }
    }
    lines.append("receivers:")
    lines += ([root] + channels.map(\.name)).map { "- name: \(quoted($0))" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A YAML string in single quotes; quotes inside it are doubled.
  private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}

extension Unicode.GeneralCategory {
  fileprivate var isControl: Bool { [.control, .lineSeparator, .paragraphSeparator, .surrogate].contains(self) }
}
