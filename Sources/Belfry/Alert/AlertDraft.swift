// SPDX-License-Identifier: Apache-2.0
/// A member of an alert that is read, in any of the formats; all others are skipped.
enum AlertMember: Int {
  case id, severity, category, title, detail, panel, route, link, firstSeen, labels
  case annotations, startsAt, endsAt, generatorURL, fingerprint, state, activeAt, status

  @inline(__always)
  init?(_ name: JSONName) {
    switch name {
    case "id": self = .id
    case "severity": self = .severity
    case "category": self = .category
    case "title": self = .title
    case "detail": self = .detail
    case "source_panel": self = .panel
    case "source_panel_route": self = .route
    case "link": self = .link
    case "first_seen_at": self = .firstSeen
    case "labels": self = .labels
    case "annotations": self = .annotations
    case "startsAt": self = .startsAt
    case "endsAt", "ends_at": self = .endsAt
    case "generatorURL": self = .generatorURL
    case "fingerprint": self = .fingerprint
    case "state": self = .state
    case "activeAt": self = .activeAt
    case "status": self = .status
    default: return nil
    }
  }
}

/// The members of an alert, before its format is known.
struct AlertDraft {
  /// The alert's offset in the text.
  var offset: Int
  var seen = Seen()
  var id: String?
  var severity: String?
  var category: String?
  var title: String?
  var detail: String?
  var panel: String?
  var route: String?
  var link: String?
  var firstSeen: String?
  var annotations = AlertAnnotations()
  var startsAt: String?
  var endsAt: String?
  var generatorURL: String?
  var fingerprint: String?
  var state: String?

  init(offset: Int) { self.offset = offset }

  /// The members that are present, one bit each.
  struct Seen {
    private var bits: UInt32 = 0
    mutating func insert(_ member: AlertMember) -> (inserted: Bool, Void) {
      let bit: UInt32 = 1 << UInt32(member.rawValue)
      defer { bits |= bit }
      return (bits & bit == 0, ())
    }
  }
}

extension AlertCollector {
  mutating func read(
    _ member: AlertMember,
    into draft: inout AlertDraft,
    _ reader: inout JSONReader
  ) throws(JSONProblem) {
    switch member {
    case .id: draft.id = try text(.id, &reader)
    case .severity: draft.severity = try text(.severity, &reader)
    case .category:
      originalBytes = nil
      draft.category = try text(.category, &reader)
      identity.category = originalBytes
    case .title:
      originalBytes = nil
      draft.title = try text(.title, &reader)
      identity.title = originalBytes
    case .detail: draft.detail = try text(.detail, &reader)
    case .panel: draft.panel = try text(.panel, &reader)
    case .route: draft.route = try text(.route, &reader)
    case .link: draft.link = try text(.link, &reader)
    case .firstSeen: draft.firstSeen = try text(.firstSeen, &reader)
    case .labels: try readLabels(&reader)
    case .annotations: try readAnnotations(into: &draft.annotations, &reader)
    case .startsAt, .activeAt: draft.startsAt = try text(.startsAt, &reader)
    case .endsAt: draft.endsAt = try text(.endsAt, &reader)
    case .generatorURL: draft.generatorURL = try text(.generatorURL, &reader)
    case .fingerprint: draft.fingerprint = try text(.fingerprint, &reader)
    case .state: draft.state = try text(.state, &reader)
    // In other formats it is an object, or not needed.
    case .status where context.push == .webhook: draft.state = try text(.state, &reader)
    case .status: try reader.skip()
    }
  }

  private mutating func readLabels(_ reader: inout JSONReader) throws(JSONProblem) {
    guard try enterObject(&reader, "labels") else { return }
    let start = reader.offset
    let limit = context.limits.labels
    var left = 0
    while let name = try reader.nextName() {
      let key = name.text
      var bytes: [UInt8]?
      if !name.isPlain, let span = reader.replacedSpan { bytes = reader.bytes(in: span) }
      guard labels.count < limit else {
        left += 1
        if let value = try bytesOfValue(&reader) {
          identity.add(name: bytes ?? Array(key.utf8), value: value, after: labels)
        }
        continue
      }
      let label = labelName(key, isPlain: name.isPlain, at: name.offset)
      originalBytes = nil
      let value = try text(.label(key), &reader)
      // The original name and value, if one of them was changed.
      if originalBytes != nil || bytes != nil || !label.isExactly(key),
        let whole = originalBytes ?? value.map({ Array($0.utf8) })
      {
        identity.add(name: bytes ?? Array(key.utf8), value: whole, after: labels)
      } else if let value {
        identity.add(Labels.Label(name: label, value: value))
      }
      if let value { labels.append(Labels.Label(name: label, value: value)) }
    }
    if left > 0 {
      warn(
        at: start,
        "labels",
        "an alert may have \(limit) labels; \(left) more are ignored.",
        remedy: "Use fewer labels."
      )
    }
  }

  /// Reads the value of an omitted label; nil for null.
  private func bytesOfValue(_ reader: inout JSONReader) throws(JSONProblem) -> [UInt8]? {
    let kind = try reader.peek()
    let start = reader.offset
    guard kind == .string else {
      try reader.skip()
      return kind == .null ? nil : reader.bytes(in: start..<reader.offset)
    }
    let text = try reader.string()
    if !reader.wasPlain, let span = reader.replacedSpan { return reader.bytes(in: span) }
    return Array(text.utf8)
  }

  /// Enters the object that a member must be; any other value is skipped, and reported unless it is null.
  mutating func enterObject(_ reader: inout JSONReader, _ step: String) throws(JSONProblem) -> Bool {
    let kind = try reader.peek()
    if kind == .object { return try reader.enter() }
    if kind != .null {
      warn(
        at: reader.offset,
        step,
        "expected an object; this value is ignored.",
        remedy: "Write {\"name\": \"value\"}."
      )
    }
    try reader.skip()
    return false
  }
}

/// A text field of an alert: its name in JSON and its limits.
enum AlertField {
  case id, severity, category, title, detail, panel, route, link, firstSeen
  case startsAt, endsAt, generatorURL, fingerprint, state
  case summary, description, annotationLink, runbook
  case label(String)
  case annotation(String)

  /// The path to it from the alert.
  var path: String {
    switch self {
    case .id: "id"
    case .severity: "severity"
    case .category: "category"
    case .title: "title"
    case .detail: "detail"
    case .panel: "source_panel"
    case .route: "source_panel_route"
    case .link: "link"
    case .firstSeen: "first_seen_at"
    case .startsAt: "startsAt"
    case .endsAt: "endsAt"
    case .generatorURL: "generatorURL"
    case .fingerprint: "fingerprint"
    case .state: "state"
    case .summary: "annotations.summary"
    case .description: "annotations.description"
    case .annotationLink: "annotations.link"
    case .runbook: "annotations.runbook_url"
    case .label(let name): "labels.\(JSONProblem.shown(name))"
    case .annotation(let name): "annotations.\(JSONProblem.shown(name))"
    }
  }

  func limit(_ limits: AlertLimits) -> Int {
    switch self {
    case .id, .fingerprint: limits.idBytes
    case .title, .summary: limits.titleCharacters
    case .detail, .description: limits.detailBytes
    case .route, .link, .generatorURL, .annotationLink, .runbook: limits.linkBytes
    case .label: limits.labelValueBytes
    case .annotation: limits.annotationBytes
    case .severity, .category, .panel, .firstSeen, .startsAt, .endsAt, .state: limits.categoryBytes
    }
  }

  /// Whether a number or boolean may stand for its text: many programs write IDs and labels that way.
  var takesNumbers: Bool {
    switch self {
    case .id, .fingerprint, .label, .annotation: true
    default: false
    }
  }

  /// Whether alerts are matched, grouped or held back by it, so that two different texts must stay different when cut.
  var isKey: Bool {
    switch self {
    case .severity, .category, .panel, .label: true
    default: false
    }
  }

  var layout: TextLayout {
    switch self {
    case .detail, .description, .annotation: .paragraphs
    default: .oneLine
    }
  }
}

extension AlertCollector {
  /// Reads a text, cleaned for storage; nil for null and for other values.
  @inline(__always)
  mutating func text(
    _ field: @autoclosure () -> AlertField,
    _ reader: inout JSONReader
  ) throws(JSONProblem) -> String? {
    if try reader.peek() == .string {
      let start = reader.offset
      let text = try reader.string()
      if reader.wasPlain && text.utf8.count <= context.shortest { return text }
      var bytes: [UInt8]?
      if !reader.wasPlain, let span = reader.replacedSpan { bytes = reader.bytes(in: span) }
      return fit(text, bytes, isPlain: reader.wasPlain, field(), at: start)
    }
    return try oddText(field(), &reader)
  }

  /// A label's name, cleaned for storage.
  mutating func labelName(_ name: String, isPlain: Bool, at offset: Int) -> String {
    keyName(name, isPlain: isPlain, at: offset, "labels")
  }

  /// A name in one of an alert's objects, cleaned for storage.
  mutating func keyName(_ name: String, isPlain: Bool, at offset: Int, _ step: String) -> String {
    if isPlain && name.utf8.count <= context.limits.labelNameBytes { return name }
    let clean = cleaned(name, .oneLine, at: offset, step)
    guard clean.utf8.count > context.limits.labelNameBytes else { return clean }
    addCut(step, at: offset, limit: "\(context.limits.labelNameBytes) bytes")
    return hashed(clean, Array(name.utf8), limit: context.limits.labelNameBytes)
  }

  mutating func oddText(_ field: AlertField, _ reader: inout JSONReader) throws(JSONProblem) -> String? {
    let start = reader.offset
    let text: String?
    let found: String
    switch try reader.peek() {
    case .null:
      try reader.null()
      return nil
    case .number:
      text = try reader.number()
      found = "a number"
    case .bool:
      text = try reader.bool() ? "true" : "false"
      found = "true or false"
    default:
      try reader.skip()
      text = nil
      originalBytes = reader.bytes(in: start..<reader.offset)
      found = "a list or an object, which is ignored"
    }
    if text == nil || !field.takesNumbers {
      warn(
        at: start,
        field.path,
        "expected a string, found \(found).",
        remedy: "Put it in quotes."
      )
    }
    return text.flatMap { fit($0, nil, isPlain: true, field, at: start) }
  }

  /// A text that is not read from the reader, without harmful characters and cut to the field's limit.
  mutating func fitted(_ text: String, _ field: AlertField, at offset: Int) -> String? {
    fit(text, nil, isPlain: false, field, at: offset)
  }

  /// The text without harmful characters, cut to the field's limit.
  ///
  /// `bytes` are the original bytes, if U+FFFD replaced some of them.
  mutating func fit(
    _ text: String,
    _ bytes: [UInt8]?,
    isPlain: Bool,
    _ field: AlertField,
    at offset: Int
  ) -> String? {
    let limit = field.limit(context.limits)
    let clean = isPlain ? text : cleaned(text, field.layout, at: offset, field.path)
    let isKept = bytes == nil && clean.utf8.count <= limit && clean.isExactly(text)
    if !isKept { originalBytes = bytes ?? Array(text.utf8) }
    switch field {
    case .id, .fingerprint:
      if clean.utf8.count > limit { addCut("id", at: offset, limit: "\(limit) bytes") }
      return isKept ? clean : hashed(clean, bytes ?? Array(text.utf8), limit: limit)
    case .title, .summary:
      return fitTitle(clean, field, at: offset, limit: limit)
    case .link, .route, .generatorURL, .annotationLink, .runbook:
      guard clean.utf8.count > limit else { return clean }
      warn(
        at: offset,
        field.path,
        "a link of more than \(limit) bytes is ignored.",
        remedy: "Shorten it."
      )
      return nil
    default:
      guard clean.utf8.count > limit else { return clean }
      addCut(field.path, at: offset, limit: "\(limit) bytes")
      return field.isKey
        ? hashed(clean, bytes ?? Array(text.utf8), limit: limit) : clean.cut(toUTF8: limit - 3) + "…"
    }
  }

  /// The start of a text that cannot be stored unchanged, and a hash of all of it, so that different texts stay
  /// different.
  private func hashed(_ clean: String, _ text: [UInt8], limit: Int) -> String {
    var hash = AlertFingerprint()
    hash.add(text)
    return clean.cut(toUTF8: limit - 19) + "…" + hash.text
  }

  private mutating func fitTitle(_ clean: String, _ field: AlertField, at offset: Int, limit: Int) -> String {
    // A character has at least one byte, so most titles need no counting. Accents can make a character arbitrarily
    // long.
    guard clean.utf8.count > limit else { return clean }
    let short = clean.prefix(limit - 1)
    if short.endIndex == clean.endIndex || clean.index(after: short.endIndex) == clean.endIndex {
      guard clean.utf8.count > 16 * limit else { return clean }
    }
    addCut(field.path, at: offset, limit: "\(limit) characters")
    return String(short).cut(toUTF8: 16 * limit) + "…"
  }

  mutating func addCut(_ step: String, at offset: Int, limit: String) {
    warn(at: offset, step, "it is cut at \(limit).", remedy: "Shorten it.")
  }

  private mutating func cleaned(_ text: String, _ layout: TextLayout, at offset: Int, _ step: String) -> String {
    guard let result = text.cleaned(layout) else { return text }
    if result.isReplaced {
      warn(
        at: offset,
        step,
        "control characters were replaced by U+FFFD.",
        remedy: "Remove them."
      )
    }
    return result.text
  }
}
