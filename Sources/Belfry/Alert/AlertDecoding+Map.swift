// SPDX-License-Identifier: Apache-2.0

extension AlertDecoding {
  /// Reads the alerts in the JSON of a service, by a map.
  ///
  /// An entry without an id is an error, because it cannot be recognised at the next poll: the other entries count, and
  /// nothing resolves. `source`, `name`, `now` and `limits` are as in ``read(_:from:now:mapping:limits:)``.
  package static func read(
    _ source: SourceText,
    from name: SourceName,
    by map: AlertMap,
    limits: AlertLimits = .standard
  ) -> AlertSnapshot {
    let context = AlertContext(
      source: name,
      now: Instant(seconds: 0),
      mapping: .standard,
      limits: limits,
      isPrometheus: false
    )
    var collector = AlertCollector(context, byteCount: source.bytes.count)
    let outcome = JSONTree.outcome(of: source)
    if let node = outcome.value { collector.read(node, by: map) }
    let (findings, rest) = collector.findings.placed(in: source, outcome.problems, of: outcome.problemCount)
    return AlertSnapshot(
      read: collector.alerts,
      findings: findings,
      unlistedFindings: rest,
      isComplete: collector.isComplete && outcome.value != nil && !outcome.mayHaveLostValues
    )
  }
}

extension AlertCollector {
  fileprivate mutating func read(_ node: JSONNode, by map: AlertMap) {
    guard let entries = list(in: node, at: map.list) else { return }
    for (index, entry) in entries.enumerated() {
      begin(list: map.list.text, index)
      guard entry.members != nil else {
        fail(at: entry.offset, "expected an object, found \(entry.kindName).", remedy: "Correct `map.list`.")
        continue
      }
      if map.only.isMet(by: entry) { read(entry: entry, by: map) }
    }
  }

  /// The entries of the list; nil if there is none, which is reported with what is there instead.
  private mutating func list(in node: JSONNode, at path: MemberPath) -> [JSONNode]? {
    var place = node
    for (index, step) in path.steps.enumerated() {
      guard let next = place.child(step) else {
        let outer = path.steps[..<index].joined(separator: ".")
        let found =
          place.members.map { $0.isEmpty ? "no members" : AlertCollector.spell($0.map(\.name)) } ?? place.kindName
        lackList(
          at: place.offset,
          "there is no `\(path.text)`: \(outer.isEmpty ? "the answer" : "`\(outer)`") has \(found).",
          remedy: "Correct `map.list`."
        )
        return nil
      }
      place = next
    }
    guard let entries = place.elements else {
      let name = path.steps.isEmpty ? "the answer" : "`\(path.text)`"
      lackList(
        at: place.offset,
        "\(name) is \(place.kindName), not a list.",
        remedy: path.steps.isEmpty ? "Set `map.list` to where the list is." : "Correct `map.list`."
      )
      return nil
    }
    return entries
  }

  private static func spell(_ names: [String]) -> String {
    let shown = names.prefix(10).map { "`\(JSONProblem.shown($0))`" }.joined(separator: ", ")
    return names.count > 10 ? shown + ", …" : shown
  }

  private mutating func read(entry: JSONNode, by map: AlertMap) {
    guard let id = text(map.id, .id, of: entry), !id.oneLine.isEmpty else {
      let message = "there is no id: the entry has no text at \(map.id.place)."
      return fail(at: entry.offset, message, remedy: "Correct `map.id`.")
    }
    var draft = AlertDraft(offset: entry.offset)
    draft.id = id
    draft.severity = text(map.severity, .severity, of: entry)
    draft.category = text(map.category, .category, of: entry)
    draft.title = text(map.title, .title, of: entry)
    draft.detail = text(map.detail, .detail, of: entry)
    draft.link = text(map.link, .link, of: entry)
    draft.panel = text(map.panel, .panel, of: entry)
    draft.firstSeen = text(map.firstSeen, .firstSeen, of: entry).map(AlertCollector.moment)
    readLabels(of: entry, by: map.labels)
    if let alert = alert(of: draft) { keep(alert, at: entry.offset) }
  }

  private mutating func readLabels(of entry: JSONNode, by map: MappedLabels) {
    labels.removeAll(keepingCapacity: true)
    var found: [(name: String, value: String)] = []
    for label in map.named {
      if let value = text(label.value, .label(label.name), of: entry) { found.append((label.name, value)) }
    }
    for member in map.all?.value(in: entry)?.members ?? [] {
      guard let value = member.node.scalar else { continue }
      let name = labelName(member.name, isPlain: false, at: member.offset)
      if let value = fitted(value, .label(name), at: member.node.offset) { found.append((name, value)) }
    }
    for label in found.prefix(context.limits.labels) {
      labels.append(Labels.Label(name: label.name, value: label.value))
    }
    if found.count > context.limits.labels {
      let message = "an alert may have \(context.limits.labels) labels; \(found.count - labels.count) more are ignored."
      warn(at: entry.offset, "labels", message, remedy: "Name fewer in `map.labels`.")
    }
  }

  /// The text of a field, within its limits.
  private mutating func text(_ map: MappedText, _ field: AlertField, of entry: JSONNode) -> String? {
    if let constant = map.constant { return fitted(constant, field, at: entry.offset) }
    for path in map.paths {
      guard let node = path.value(in: entry) else { continue }
      if node.members != nil || node.elements != nil {
        let message = "`\(path.text)` is \(node.kindName), which is ignored."
        warn(at: node.offset, field.path, message, remedy: "Name a text in `map`.")
      }
      guard let found = node.scalar, !found.isEmpty else { continue }
      let text = map.table.isEmpty ? found : map.table[found] ?? map.fallback ?? found
      return fitted(text, field, at: node.offset)
    }
    return map.fallback.flatMap { fitted($0, field, at: entry.offset) }
  }

  /// A time in seconds or milliseconds since 1970 as ISO 8601; any other text as it is.
  private static func moment(_ text: String) -> String {
    guard let number = Double(text), (0..<1e14).contains(number) else { return text }
    // 1e11 seconds are in the year 5138.
    return Instant(seconds: Int64(number >= 1e11 ? number / 1000 : number)).iso8601
  }
}

extension NamedTexts {
  /// Whether every named member of the entry has one of its texts.
  fileprivate func isMet(by entry: JSONNode) -> Bool {
    entries.allSatisfy { one in
      MemberPath(one.name).value(in: entry)?.scalar.map { one.texts.contains($0) } ?? false
    }
  }
}

extension JSONNode {
  /// The text of a string, a number or a boolean; nil for any other value.
  fileprivate var scalar: String? {
    switch value {
    case .string(let text), .number(let text): text
    case .bool(let value): value ? "true" : "false"
    case .null, .array, .object: nil
    }
  }
}
