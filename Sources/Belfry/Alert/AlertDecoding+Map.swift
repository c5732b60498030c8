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
      from: collector.origins,
      findings: findings,
      unlistedFindings: rest,
      isComplete: collector.isComplete && outcome.value != nil && !outcome.mayHaveLostValues
    )
  }

  /// Reads the alerts in a posted JSON text, by a map.
  ///
  /// An entry that is not an object, has no id, or costs a template more than its limits is refused; the others are
  /// accepted. JSON that is invalid anywhere is refused completely. Within the text of a value, U+FFFD replaces what is
  /// not a character, and values nested too deeply are left out, with a remark.
  package static func readInput(
    _ source: SourceText,
    from name: SourceName,
    by input: InputMap,
    severities: SeverityScale = .standard,
    limits: AlertLimits = .standard
  ) -> PushedAlerts {
    guard source.bytes.count <= InputMap.mostBytes else {
      return PushedAlerts(fault: "it has more than \(InputMap.mostBytes.grouped) bytes.")
    }
    let now = Instant(seconds: 0)
    var context = AlertContext(source: name, now: now, mapping: .standard, limits: limits, isPrometheus: false)
    context.severities = severities
    context.transform = input.transform
    var collector = AlertCollector(context, byteCount: 0)
    let outcome = JSONTree.outcome(of: source, limits: JSONLimits(depth: 32, stringBytes: .max, numberBytes: .max))
    guard let node = outcome.value, !outcome.mayHaveLostValues, outcome.faultCount == 0 else {
      guard let problem = outcome.firstLoss ?? outcome.latestFault else { return PushedAlerts(fault: "it is empty.") }
      let place = TextPlaces(source).place(of: problem.offset)
      return PushedAlerts(fault: "\(place.line):\(place.column): \(problem.message)")
    }
    collector.readInput(node, by: input)
    var pushed = collector.pushed
    let (findings, rest) = collector.findings.placed(in: source, outcome.problems, of: outcome.problemCount)
    pushed.remarks = findings.map { $0.path.isEmpty ? $0.message : "\($0.path): \($0.message)" }
    if rest > 0 { pushed.remarks.append("and \(rest) more") }
    return pushed
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

  fileprivate mutating func readInput(_ node: JSONNode, by input: InputMap) {
    let map = input.map
    let place: JSONNode
    do throws(MissingMember) {
      place = try AlertCollector.value(in: node, at: map.list, of: "the body")
    } catch {
      pushed.fault = error.message
      return
    }
    guard place.elements != nil || place.members != nil else {
      let name = map.list.steps.isEmpty ? "the body" : "`\(map.list.text)`"
      pushed.fault = "\(name) is \(place.kindName), not a list or an object."
      return
    }
    for (index, entry) in (place.elements ?? [place]).enumerated() {
      begin(list: map.list.text, index)
      if index >= InputMap.mostAlerts {
        refuse(index, "a request may have \(InputMap.mostAlerts.grouped) alerts")
      } else if entry.members == nil {
        refuse(index, "it is \(entry.kindName), not an object")
      } else if map.only.isMet(by: entry) {
        readInput(entry: entry, at: index, by: input)
      } else {
        pushed.ignored.append(index)
      }
    }
  }

  private mutating func readInput(entry: JSONNode, at index: Int, by input: InputMap) {
    do throws(TemplateFault) {
      guard let draft = try draft(of: entry, by: input.map) else {
        return refuse(index, AlertCollector.lackOfID(input.map))
      }
      var isOver = false
      if let status = input.status {
        if let word = try text(status.text, .state, of: entry) {
          isOver = status.isEnd(word)
        } else {
          warn(
            at: entry.offset,
            "",
            "there is no status: the entry has no text at \(status.text.place). The alert counts as firing.",
            remedy: "Correct `status`."
          )
        }
      }
      // As in Alertmanager, a label without a value counts as absent.
      labels.removeAll(where: \.value.isEmpty)
      guard let read = alert(of: draft) else { return }
      accept(read, at: index, isOver: isOver)
    } catch {
      refuse(index, "a template cannot be used: \(error.description)")
    }
  }

  private static func lackOfID(_ map: AlertMap) -> String {
    "there is no id: the entry has no text at \(map.id.place)"
  }

  /// Where a path ends, and what is there instead.
  private struct MissingMember: Error {
    let offset: Int
    let message: String
  }

  /// The value at a path; `whole` is the text's name in messages.
  private static func value(
    in node: JSONNode,
    at path: MemberPath,
    of whole: String
  ) throws(MissingMember) -> JSONNode {
    var place = node
    for (index, step) in path.steps.enumerated() {
      guard let next = place.child(step) else {
        let outer = path.steps[..<index].joined(separator: ".")
        let found =
          place.members.map { $0.isEmpty ? "no members" : AlertCollector.spell($0.map(\.name)) } ?? place.kindName
        let message = "there is no `\(path.text)`: \(outer.isEmpty ? whole : "`\(outer)`") has \(found)."
        throw MissingMember(offset: place.offset, message: message)
      }
      place = next
    }
    return place
  }

  /// The entries of the list; nil if there is none, which is reported with what is there instead.
  private mutating func list(in node: JSONNode, at path: MemberPath) -> [JSONNode]? {
    let place: JSONNode
    do throws(MissingMember) {
      place = try AlertCollector.value(in: node, at: path, of: "the answer")
    } catch {
      lackList(at: error.offset, error.message, remedy: "Correct `map.list`.")
      return nil
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
    do throws(TemplateFault) {
      guard let draft = try draft(of: entry, by: map) else {
        return fail(at: entry.offset, AlertCollector.lackOfID(map) + ".", remedy: "Correct `map.id`.")
      }
      if let (alert, origin) = alert(of: draft) { keep(alert, from: origin, at: entry.offset) }
    } catch {
      fail(at: entry.offset, "a template cannot be used: \(error.description).", remedy: "Correct it in `map`.")
    }
  }

  /// The fields and labels of an entry; nil if it has no id.
  private mutating func draft(of entry: JSONNode, by map: AlertMap) throws(TemplateFault) -> AlertDraft? {
    guard let id = try text(map.id, .id, of: entry), !id.oneLine.isEmpty else { return nil }
    var draft = AlertDraft(offset: entry.offset)
    draft.id = id
    draft.severity = try text(map.severity, .severity, of: entry)
    draft.category = try text(map.category, .category, of: entry)
    draft.title = try text(map.title, .title, of: entry)
    draft.detail = try text(map.detail, .detail, of: entry)
    draft.link = try text(map.link, .link, of: entry)
    draft.panel = try text(map.panel, .panel, of: entry)
    draft.firstSeen = try text(map.firstSeen, .firstSeen, of: entry).map(AlertCollector.moment)
    try readLabels(of: entry, by: map.labels)
    try readAnnotations(of: entry, by: map.annotations, into: &draft.annotations)
    return draft
  }

  private mutating func readLabels(of entry: JSONNode, by map: MappedLabels) throws(TemplateFault) {
    labels.removeAll(keepingCapacity: true)
    var found: [(name: String, value: String)] = []
    for label in map.named {
      if let value = try text(label.value, .label(label.name), of: entry) { found.append((label.name, value)) }
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

  private mutating func readAnnotations(
    of entry: JSONNode,
    by map: MappedLabels,
    into annotations: inout AlertAnnotations
  ) throws(TemplateFault) {
    func add(_ name: String, _ value: String, at offset: Int, _ collector: inout AlertCollector) {
      if annotations.isFull(collector.context.limits) { return annotations.omit() }
      collector.keep(value, named: name, isPlain: false, at: offset, in: &annotations)
    }
    for one in map.named {
      if let value = try text(one.value, .annotation(one.name), of: entry) {
        add(one.name, value, at: entry.offset, &self)
      }
    }
    for member in map.all?.value(in: entry)?.members ?? [] {
      guard let value = member.node.scalar else { continue }
      if let value = fitted(value, .annotation(member.name), at: member.node.offset) {
        add(member.name, value, at: member.offset, &self)
      }
    }
    warnOfOmitted(annotations, at: entry.offset)
  }

  /// The text of a field, within its limits.
  private mutating func text(
    _ map: MappedText,
    _ field: AlertField,
    of entry: JSONNode
  ) throws(TemplateFault) -> String? {
    if let template = map.template {
      let text = try template.render(JSONTemplateObject(node: entry), within: InputMap.templateLimits)
      return text.isEmpty ? nil : fitted(text, field, at: entry.offset)
    }
    if let constant = map.constant { return fitted(constant, field, at: entry.offset) }
    for path in map.paths {
      guard let node = path.value(in: entry) else { continue }
      if node.members != nil || node.elements != nil {
        let message = "`\(path.text)` is \(node.kindName), which is ignored."
        warn(at: node.offset, field.path, message, remedy: "Name a text in `map`.")
      }
      guard let found = node.scalar, !found.isEmpty else { continue }
      let text = map.table.isEmpty ? found : map.table[ExactText(found)] ?? map.fallback ?? found
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
      MemberPath(one.name).value(in: entry)?.scalar.map { text in one.texts.contains { $0.isExactly(text) } } ?? false
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
