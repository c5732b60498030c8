// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// Converts the tree of routes, node by node.
///
/// Alertmanager and Belfry inherit different keys from a parent. So the importer follows both: what Alertmanager means for
/// a node, and what Belfry would inherit there; it writes what differs.
struct TreeImporter {
  let receivers: [ExactText: ImportedReceiver]
  let intervals: IntervalImporter

  /// What a node means in Alertmanager.
  private struct Meaning {
    var receiver = ""
    /// The labels of a group; nil if each alert is one.
    var groupBy: [String]? = []
    var wait = Duration.seconds(30)
    var interval = Duration.seconds(300)
    var repeats = Duration.seconds(4 * 3600)
  }

  /// What Belfry inherits from the nodes above, as it is written there.
  private struct Inherited {
    var destinations: [ImportedReceiver.Destination]?
    var group = ImportedValue.null
    var reminder = ImportedValue.null
    var quiet = ImportedValue.null
    var only = ImportedValue.null
  }

  /// The route at the top, with all routes below it; nil if it cannot be used.
  func read(_ section: YAMLSection, _ result: inout ImportedConfiguration) -> ImportedValue? {
    Candidate(section, &result.report).map { read($0, Meaning(), Inherited(), &result) }
  }

  /// A route of which it is not yet known whether an alert can reach it.
  private struct Candidate {
    var section: YAMLSection
    let matchers: ImportedMatchers
    let continues: Bool

    /// Nil, with findings, if its matchers cannot be used.
    init?(_ section: YAMLSection, _ report: inout ImportReport) {
      self.section = section
      continues = self.section.flag("continue", &report) ?? false
      guard let matchers = MatcherImporter.read(&self.section, &report) else {
        report.lose(
          section.path,
          line: section.line,
          "without this matcher, the route and those below it are left out: its alerts take the routes after it.",
          remedy: "Add the route to channels.json."
        )
        return nil
      }
      self.matchers = matchers
    }
  }

  /// The routes below a node, without those that no alert can reach: `channels.json` may not have any.
  private func read(
    _ entries: [YAMLEntry],
    _ parent: Meaning,
    _ inherited: Inherited,
    _ result: inout ImportedConfiguration
  ) -> [ImportedValue] {
    let candidates = entries.compactMap { entry in
      YAMLSection(entry, &result.report).flatMap { Candidate($0, &result.report) }
    }
    var above = CoveringMatchers(among: candidates.lazy.map(\.matchers.matcher))
    var routes: [ImportedValue] = []
    for (index, candidate) in candidates.enumerated() {
      let matcher = candidate.matchers.matcher
      let hiding = above.first(covering: matcher)
      guard hiding == nil, matcher.impossibleLabel == nil else {
        result.report.change(
          candidate.section.path,
          line: candidate.section.line,
          hiding.map {
            "no alert can reach this route, because \(candidates[$0].section.path) takes them all: it is left out."
          }
            ?? "no alert can match this route: it is left out.",
          remedy: "Check whether that is meant."
        )
        continue
      }
      if !candidate.continues { above.add(matcher, at: index) }
      routes.append(read(candidate, parent, inherited, &result))
    }
    return routes
  }

  private func read(
    _ candidate: Candidate,
    _ parent: Meaning,
    _ above: Inherited,
    _ result: inout ImportedConfiguration
  ) -> ImportedValue {
    var section = candidate.section
    var inherited = above
    var node: [ImportedValue.Member] = []
    if let match = MatcherImporter.value(candidate.matchers.list) { node.append(.init("match", match)) }
    let meaning = meaning(of: &section, parent, &result.report)
    if candidate.continues { node.append(.init("continue", .flag(true))) }
    let quiet = intervals.quiet(of: &section, &result)
    let only = intervals.only(of: &section, &result)
    section.lose(
      ["labels"],
      "labels of routes are not carried over.",
      remedy: "Use the route's place in the tree in their stead, or `note`.",
      &result.report
    )
    let children = section.elements("routes", &result.report)
    section.finish(&result.report)

    let destinations = destinations(of: meaning, section, &result.report)
    if destinations.isEmpty {
      node.append(.init("drop", .flag(true)))
      inherited.destinations = nil
    } else {
      node += sending(meaning, to: destinations, quiet, only, &inherited)
    }
    let routes = read(children, meaning, inherited, &result)
    if !routes.isEmpty { node.append(.init("routes", .list(routes))) }
    return .object(node)
  }

  private func meaning(of section: inout YAMLSection, _ parent: Meaning, _ report: inout ImportReport) -> Meaning {
    var meaning = parent
    meaning.receiver = section.text("receiver", &report) ?? parent.receiver
    if let entry = section.take("group_by"), let labels = entry.texts(&report) {
      meaning.groupBy = labels.contains("...") ? nil : labels
      FieldNames.change(labels, of: entry, &report)
    }
    meaning.wait = section.duration("group_wait", &report) ?? parent.wait
    meaning.interval = section.duration("group_interval", &report) ?? parent.interval
    meaning.repeats = section.duration("repeat_interval", &report) ?? parent.repeats
    return meaning
  }

  /// The channels of the node's receiver; none for a receiver without integrations, which notifies nobody.
  private func destinations(
    of meaning: Meaning,
    _ section: YAMLSection,
    _ report: inout ImportReport
  ) -> [ImportedReceiver.Destination] {
    guard let receiver = receivers[ExactText(meaning.receiver)] else {
      report.lose(
        section.path,
        line: section.line,
        "there is no receiver \"\(meaning.receiver)\": the route drops its alerts.",
        remedy: "Correct the name; Alertmanager refuses it too."
      )
      return []
    }
    return receiver.destinations
  }

  /// The keys of a node that sends, as far as Belfry does not inherit them.
  private func sending(
    _ meaning: Meaning,
    to destinations: [ImportedReceiver.Destination],
    _ quiet: ImportedValue?,
    _ only: ImportedValue?,
    _ inherited: inout Inherited
  ) -> [ImportedValue.Member] {
    var members: [ImportedValue.Member] = []
    if destinations != inherited.destinations {
      let isUniform = Set(destinations.map(\.sendsResolved)).count == 1
      let sendsResolved = destinations.contains { $0.sendsResolved }
      let channels = destinations.map { destination -> ImportedValue in
        if isUniform || destination.sendsResolved { return .text(destination.channel) }
        return .object([.init("channel", .text(destination.channel)), .init("resolved", .flag(false))])
      }
      members += [.init("to", .oneOrList(channels)), .init("resolved", .flag(sendsResolved))]
      inherited.destinations = destinations
    }
    write("group", group(meaning), &inherited.group, &members)
    write("repeat", .text(meaning.repeats.text), &inherited.reminder, &members)
    write("quiet", quiet ?? .null, &inherited.quiet, &members)
    write("only", only ?? .null, &inherited.only, &members)
    return members
  }

  private func write(
    _ name: String,
    _ value: ImportedValue,
    _ inherited: inout ImportedValue,
    _ members: inout [ImportedValue.Member]
  ) {
    guard value != inherited else { return }
    members.append(.init(name, value))
    inherited = value
  }

  private func group(_ meaning: Meaning) -> ImportedValue {
    guard let labels = meaning.groupBy else { return .null }
    var group: [ImportedValue.Member] = labels.isEmpty ? [] : [.init("by", .texts(labels))]
    group += [.init("wait", .text(meaning.wait.text)), .init("every", .text(meaning.interval.text))]
    return .object(group)
  }
}
