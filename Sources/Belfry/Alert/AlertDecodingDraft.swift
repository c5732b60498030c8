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
  var annotations = Annotations()
  var startsAt: String?
  var endsAt: String?
  var generatorURL: String?
  var fingerprint: String?
  var state: String?

  init(offset: Int) { self.offset = offset }

  /// The annotations that are used.
  struct Annotations {
    var summary: String?
    var description: String?
    var link: String?
    var runbook: String?
  }

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

  private mutating func readAnnotations(
    into annotations: inout AlertDraft.Annotations,
    _ reader: inout JSONReader
  ) throws(JSONProblem) {
    guard try enterObject(&reader, "annotations") else { return }
    while let name = try reader.nextName() {
      switch name {
      case "summary": annotations.summary = try text(.summary, &reader) ?? annotations.summary
      case "description": annotations.description = try text(.description, &reader) ?? annotations.description
      case "link": annotations.link = try text(.annotationLink, &reader) ?? annotations.link
      case "runbook_url": annotations.runbook = try text(.runbook, &reader) ?? annotations.runbook
      default: try reader.skip()
      }
    }
  }

  /// Enters the object that a member must be; any other value is skipped, and reported unless it is null.
  private mutating func enterObject(_ reader: inout JSONReader, _ step: String) throws(JSONProblem) -> Bool {
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
