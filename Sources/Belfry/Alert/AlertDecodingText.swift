// SPDX-License-Identifier: Apache-2.0

/// A text field of an alert: its name in JSON and its limits.
enum AlertField {
  case id, severity, category, title, detail, panel, route, link, firstSeen
  case startsAt, endsAt, generatorURL, fingerprint, state
  case summary, description, annotationLink, runbook
  case label(String)

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
    }
  }

  func limit(_ limits: AlertLimits) -> Int {
    switch self {
    case .id, .fingerprint: limits.idBytes
    case .title, .summary: limits.titleCharacters
    case .detail, .description: limits.detailBytes
    case .route, .link, .generatorURL, .annotationLink, .runbook: limits.linkBytes
    case .label: limits.labelValueBytes
    case .severity, .category, .panel, .firstSeen, .startsAt, .endsAt, .state: limits.categoryBytes
    }
  }

  /// Whether a number or boolean may stand for its text: many programs write IDs and labels that way.
  var takesNumbers: Bool {
    switch self {
    case .id, .fingerprint, .label: true
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
    case .detail, .description: .paragraphs
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
    if isPlain && name.utf8.count <= context.limits.labelNameBytes { return name }
    let clean = cleaned(name, .oneLine, at: offset, "labels")
    guard clean.utf8.count > context.limits.labelNameBytes else { return clean }
    addCut("labels", at: offset, limit: "\(context.limits.labelNameBytes) bytes")
    return hashed(clean, Array(name.utf8), limit: context.limits.labelNameBytes)
  }

  private mutating func oddText(_ field: AlertField, _ reader: inout JSONReader) throws(JSONProblem) -> String? {
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
  private mutating func fit(
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

  private mutating func addCut(_ step: String, at offset: Int, limit: String) {
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
