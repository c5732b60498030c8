// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A value of the imported file with its place, read as the type that its key has.
struct YAMLEntry {
  let path: String
  /// The line of the key.
  let line: Int
  let node: YAMLNode

  /// A text; nil, with a finding, if it is a list or a mapping.
  func text(_ report: inout ImportReport) -> String? {
    switch node.value {
    case .text(let text): return text
    case .null: return ""
    case .list, .mapping: return mismatch("a text", &report)
    }
  }

  /// One or more texts.
  func texts(_ report: inout ImportReport) -> [String]? {
    switch node.value {
    case .text(let text): return [text]
    case .null: return []
    case .list(let nodes):
      return nodes.enumerated().compactMap { YAMLEntry(path: "\(path)[\($0)]", line: $1.line, node: $1).text(&report) }
    case .mapping: return mismatch("a list of texts", &report)
    }
  }

  /// A boolean as Alertmanager's YAML reader knows them.
  func flag(_ report: inout ImportReport) -> Bool? {
    guard case .text(let word) = node.value else { return mismatch("true or false", &report) }
    switch word.lowercased() {
    case "true", "yes", "on", "y": return true
    case "false", "no", "off", "n": return false
    default: return mismatch("true or false", &report)
    }
  }

  /// A duration as Prometheus writes them, such as `1w` or `1d12h`.
  func duration(_ report: inout ImportReport) -> Duration? {
    guard let text = text(&report) else { return nil }
    return PrometheusDuration.read(text) ?? mismatch("a duration such as 5m or 1d12h", &report)
  }

  /// The elements of a list; nothing is an empty list.
  func elements(_ report: inout ImportReport) -> [YAMLEntry] {
    switch node.value {
    case .list(let nodes):
      return nodes.enumerated().map { YAMLEntry(path: "\(path)[\($0)]", line: $1.line, node: $1) }
    case .null: return []
    case .text, .mapping: return mismatch("a list", &report) ?? []
    }
  }

  /// The members of a mapping with their values as texts.
  func namedTexts(_ report: inout ImportReport) -> [(name: String, line: Int, node: YAMLNode, text: String)] {
    guard case .mapping(let members) = node.value else {
      if case .null = node.value { return [] }
      return mismatch("a mapping", &report) ?? []
    }
    return members.compactMap { member in
      YAMLEntry(path: "\(path).\(member.name)", line: member.line, node: member.node).text(&report)
        .map { (member.name, member.line, member.node, $0) }
    }
  }

  private func mismatch<Value>(_ expected: String, _ report: inout ImportReport) -> Value? {
    report.lose(
      path,
      line: line,
      "this is \(node.kindName), but \(expected) is expected.",
      remedy: "Correct the file; Alertmanager refuses it too."
    )
    return nil
  }
}

/// A mapping of the imported file, from which keys are taken one by one.
///
/// `finish` reports each key that was not taken, so that none is left out silently.
struct YAMLSection {
  let path: String
  let line: Int
  private var members: [YAMLMember]

  /// The section that an entry is; nil, with a finding, if it is none.
  init?(_ entry: YAMLEntry, _ report: inout ImportReport) {
    path = entry.path
    line = entry.line
    switch entry.node.value {
    case .mapping(let members): self.members = members
    case .null: members = []
    case .text, .list:
      report.lose(
        entry.path,
        line: entry.line,
        "this is \(entry.node.kindName), but a mapping is expected.",
        remedy: "Correct the file; Alertmanager refuses it too."
      )
      return nil
    }
  }

  /// The keys that were not taken yet.
  var names: [String] { members.map(\.name) }

  /// The path of one of its keys.
  func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// Takes a key; nil if it is not there, or is empty.
  mutating func take(_ name: String) -> YAMLEntry? {
    guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
    let member = members.remove(at: index)
    if member.node.isEmpty { return nil }
    return YAMLEntry(path: path(of: name), line: member.line, node: member.node)
  }

  mutating func text(_ name: String, _ report: inout ImportReport) -> String? { take(name)?.text(&report) }
  mutating func flag(_ name: String, _ report: inout ImportReport) -> Bool? { take(name)?.flag(&report) }
  mutating func duration(_ name: String, _ report: inout ImportReport) -> Duration? { take(name)?.duration(&report) }
  mutating func elements(_ name: String, _ report: inout ImportReport) -> [YAMLEntry] {
    take(name)?.elements(&report) ?? []
  }
  mutating func section(_ name: String, _ report: inout ImportReport) -> YAMLSection? {
    take(name).flatMap { YAMLSection($0, &report) }
  }

  /// The first of the keys that is there; the others are taken too.
  mutating func take(anyOf names: [String]) -> YAMLEntry? {
    var first: YAMLEntry?
    for name in names {
      let entry = take(name)
      first = first ?? entry
    }
    return first
  }

  /// Reports the keys that are left, all of which are known.
  mutating func lose(_ names: [String], _ text: String, remedy: String, _ report: inout ImportReport) {
    for name in names {
      if let entry = take(name) { report.lose(entry.path, line: entry.line, text, remedy: remedy) }
    }
  }

  /// Reports keys that are carried over in another form, in one finding; only those that `isMeant` selects.
  mutating func change(
    _ names: [String],
    _ text: String,
    remedy: String = "",
    _ report: inout ImportReport,
    where isMeant: (YAMLEntry) -> Bool = { _ in true }
  ) {
    let entries = names.compactMap { name in take(name).flatMap { isMeant($0) ? (name, $0) : nil } }
    guard let first = entries.first?.1 else { return }
    guard entries.count > 1 else { return report.change(first.path, line: first.line, text, remedy: remedy) }
    let list = entries.map(\.0).joined(separator: ", ")
    report.change(path, line: entries.map(\.1.line).min() ?? line, "\(list): \(text)", remedy: remedy)
  }

  /// Reports every key that was not taken as unknown.
  mutating func finish(_ report: inout ImportReport) {
    for member in members {
      report.lose(
        path(of: member.name),
        line: member.line,
        "this key is unknown.",
        remedy: "Check its spelling; Alertmanager refuses unknown keys too."
      )
    }
    members = []
  }
}

/// A duration as Prometheus and Alertmanager write it: `1w2d`, `1h30m`, `500ms`, `0`.
enum PrometheusDuration {
  private static let units: [(name: String, length: Duration)] = [
    ("y", .seconds(365 * 86_400)), ("w", .seconds(7 * 86_400)), ("d", .seconds(86_400)), ("h", .seconds(3600)),
    ("m", .seconds(60)), ("s", .seconds(1)), ("ms", .milliseconds(1)),
  ]

  /// Reads units in descending order; nil for anything else.
  static func read(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    var rest = Substring(text)
    var total = Duration.zero
    var next = 0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard let number = Int(digits), number <= 1_000_000_000 else { return nil }
      guard let index = units[next...].firstIndex(where: { $0.name == name }) else { return nil }
      total += units[index].length * number
      next = index + 1
    }
    return text.isEmpty ? nil : total
  }
}
