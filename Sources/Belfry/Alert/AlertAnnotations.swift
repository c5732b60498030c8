// SPDX-License-Identifier: Apache-2.0

/// The annotations of an alert while it is read: all of them, and the texts that are also fields of the alert.
struct AlertAnnotations {
  /// What Prometheus' rules call the title, the text and the links of an alert.
  var summary: String?
  var description: String?
  var link: String?
  var runbook: String?
  private var kept: [Labels.Label] = []
  /// The bytes of the kept names and values.
  private var byteCount = 0
  /// The number of annotations that are left out.
  private(set) var omitted = 0

  /// The kept annotations; of two with the same name, the later one.
  var labels: Labels { kept.isEmpty ? [:] : Labels(kept) }

  /// Whether no more are kept, however short.
  func isFull(_ limits: AlertLimits) -> Bool {
    kept.count >= limits.annotations || byteCount >= limits.annotationBytesInAll
  }

  mutating func omit() { omitted += 1 }

  /// Keeps an annotation, cut to what is left of the space for all of them.
  ///
  /// - Returns: whether all of it is kept.
  mutating func keep(name: String, value: String, _ limits: AlertLimits) -> Bool {
    let room = limits.annotationBytesInAll - byteCount - name.utf8.count
    let isWhole = value.utf8.count <= room
    byteCount = isWhole ? limits.annotationBytesInAll - room + value.utf8.count : limits.annotationBytesInAll
    // A few bytes of a text say nothing.
    guard isWhole || room >= 32 else {
      omit()
      return true
    }
    kept.append(Labels.Label(name: name, value: isWhole ? value : value.cut(toUTF8: room - 3) + "…"))
    return isWhole
  }
}

extension AlertCollector {
  /// Reads the member `annotations`.
  mutating func readAnnotations(
    into annotations: inout AlertAnnotations,
    _ reader: inout JSONReader
  ) throws(JSONProblem) {
    let start = reader.offset
    guard try enterObject(&reader, "annotations") else { return }
    while let name = try reader.nextName() {
      let field: AlertField? =
        switch name {
        case "summary": .summary
        case "description": .description
        case "link": .annotationLink
        case "runbook_url": .runbook
        default: nil
        }
      let isFull = annotations.isFull(context.limits)
      if isFull {
        annotations.omit()
        // The title, the text and the link of an alert are read wherever they are.
        if field == nil {
          try reader.skip()
          continue
        }
      }
      let (key, isPlain, offset) = (name.text, name.isPlain, name.offset)
      let text = try annotation(key, alsoFor: field, &reader)
      switch field {
      case .summary: annotations.summary = text.field ?? annotations.summary
      case .description: annotations.description = text.field ?? annotations.description
      case .annotationLink: annotations.link = text.field ?? annotations.link
      case .runbook: annotations.runbook = text.field ?? annotations.runbook
      default: break
      }
      guard !isFull, let value = text.value else { continue }
      keep(value, named: key, isPlain: isPlain, at: offset, in: &annotations)
    }
    warnOfOmitted(annotations, at: start)
  }

  /// Keeps an annotation that was read; its name is cleaned here.
  mutating func keep(
    _ value: String,
    named name: String,
    isPlain: Bool,
    at offset: Int,
    in annotations: inout AlertAnnotations
  ) {
    let key = keyName(name, isPlain: isPlain, at: offset, "annotations")
    if !annotations.keep(name: key, value: value, context.limits) {
      addCut(AlertField.annotation(name).path, at: offset, limit: "\(context.limits.annotationBytesInAll) bytes in all")
    }
  }

  /// Reports the annotations that are left out.
  mutating func warnOfOmitted(_ annotations: AlertAnnotations, at offset: Int) {
    guard annotations.omitted > 0 else { return }
    let limits = context.limits
    warn(
      at: offset,
      "annotations",
      "an alert may have \(limits.annotations) annotations with \(limits.annotationBytesInAll) bytes in all; "
        + "\(annotations.omitted) more are ignored.",
      remedy: "Use fewer annotations, or shorter ones."
    )
  }

  /// Reads the text of an annotation, and the same text within the limits of the field that it is, too.
  private mutating func annotation(
    _ name: String,
    alsoFor field: AlertField?,
    _ reader: inout JSONReader
  ) throws(JSONProblem) -> (value: String?, field: String?) {
    guard try reader.peek() == .string else {
      let text = try oddText(field ?? .annotation(name), &reader)
      return (text, text)
    }
    let start = reader.offset
    let text = try reader.string()
    let isPlain = reader.wasPlain
    if isPlain && text.utf8.count <= context.shortest { return (text, text) }
    guard let field else { return (fit(text, nil, isPlain: isPlain, .annotation(name), at: start), nil) }
    let fitted = fit(text, nil, isPlain: isPlain, field, at: start)
    // What is wrong with the text is reported once.
    let reported = findings
    let value = fit(text, nil, isPlain: isPlain, .annotation(name), at: start)
    findings = reported
    return (value, fitted)
  }
}
