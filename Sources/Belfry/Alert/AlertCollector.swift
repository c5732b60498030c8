// SPDX-License-Identifier: Apache-2.0
/// Collects the alerts of one text while it is parsed.
struct AlertCollector {
  let context: AlertContext
  private(set) var alerts: [Alert] = []
  /// Where the ids of `alerts` come from.
  private(set) var origins: [AlertOrigin] = []
  var findings: AlertFindings
  private(set) var isComplete = true
  /// Whether there were more alerts than are kept.
  private var isOverfull = false
  /// Whether the text contains a list of alerts.
  private(set) var isList = false
  /// The pushed alerts; empty for texts read from a source.
  var pushed = PushedAlerts()
  /// The index in `alerts` of each ID.
  private var indices: [ExactText: Int] = [:]
  /// The list's name in findings, and the index of the current element.
  private var list = ""
  private var index = 0
  /// The labels of the current alert; reused to keep its memory.
  var labels: [Labels.Label] = []
  /// The source of the current alert's ID, where it differs from what is stored.
  var identity = AlertIdentity()
  /// The original bytes of the last text, if it is stored differently.
  var originalBytes: [UInt8]?
  /// The number of uncorrectable mistakes inside alerts.
  private(set) var faultsInAlerts = 0

  init(_ context: AlertContext, byteCount: Int) {
    self.context = context
    findings = AlertFindings(limit: context.limits.findings)
    // Alerts have about half a kilobyte each: reserve space once instead of moving them as they arrive.
    alerts.reserveCapacity(byteCount / 512)
    origins.reserveCapacity(byteCount / 512)
    indices.reserveCapacity(byteCount / 512)
  }

  mutating func readDocument(_ reader: inout JSONReader) throws(JSONProblem) {
    let start = reader.offset
    switch try reader.peek() {
    case .array where !context.isPrometheus:
      try readList(&reader, named: "")
    case .object where context.push != .alertmanager:
      if try !readWrapper(&reader, named: "") { lackList(at: start) }
    default:
      lackList(at: start)
      try reader.skip()
    }
  }

  /// Adds a warning about the current alert, or one of its fields.
  mutating func warn(
    at offset: Int,
    _ step: @autoclosure () -> String,
    _ message: @autoclosure () -> String,
    remedy: @autoclosure () -> String
  ) {
    add(.warning, at: offset, step(), message(), remedy: remedy())
  }

  private mutating func add(
    _ level: Finding.Level,
    at offset: Int,
    _ step: @autoclosure () -> String,
    _ message: @autoclosure () -> String,
    remedy: @autoclosure () -> String
  ) {
    let (list, index) = (list, index)
    findings.add(
      level,
      at: offset,
      path: { step in step.isEmpty ? "\(list)[\(index)]" : "\(list)[\(index)].\(step)" }(step()),
      message(),
      remedy: remedy()
    )
  }

  /// Reads the object around the list.
  ///
  /// - Returns: whether it contains the list, or has already reported why not.
  private mutating func readWrapper(_ reader: inout JSONReader, named path: String) throws(JSONProblem) -> Bool {
    guard try reader.enter() else { return false }
    let prefix = path.isEmpty ? "" : path + "."
    var isFound = false
    while let name = try reader.nextName() {
      switch name {
      case "alerts" where !context.isPrometheus || !path.isEmpty:
        if isFound {
          isComplete = false
          findings.add(
            .error,
            at: name.offset,
            path: prefix + "alerts",
            "the name occurs twice; the first one is used.",
            remedy: "Remove one."
          )
          try reader.skip()
        } else {
          isFound = true
          try readList(&reader, named: prefix + "alerts")
        }
      case "data" where context.isPrometheus && path.isEmpty:
        if try reader.peek() == .object {
          isFound = try readWrapper(&reader, named: "data") || isFound
        } else {
          try reader.skip()
        }
      case "error" where context.isPrometheus && path.isEmpty:
        let start = reader.offset
        let text = try reader.peek() == .string ? try reader.string() : nil
        if text == nil { try reader.skip() }
        isComplete = false
        isFound = true
        findings.add(
          .error,
          at: start,
          path: "error",
          "Prometheus returned an error: \(JSONProblem.shown(text ?? "")).",
          remedy: "Query it manually to find the cause."
        )
      default:
        try reader.skip()
      }
    }
    return isFound
  }

  private mutating func readList(_ reader: inout JSONReader, named path: String) throws(JSONProblem) {
    guard try reader.peek() == .array else {
      lackList(at: reader.offset)
      return try reader.skip()
    }
    isList = true
    list = path
    index = 0
    _ = try reader.enter()
    while try reader.nextElement() {
      let faults = reader.faultCount
      let problems = reader.problems.count
      defer {
        faultsInAlerts += reader.faultCount - faults
        index += 1
      }
      if try reader.peek() == .object {
        try readAlert(&reader)
        if context.push != nil { warn(of: reader.problems.dropFirst(problems)) }
      } else {
        isComplete = false
        refuse(index, "it is not an object")
        add(
          .error,
          at: reader.offset,
          "",
          "expected an alert as an object, found something else.",
          remedy: "Write {\"id\": …, \"severity\": …, \"title\": …}."
        )
        try reader.skip()
      }
    }
  }

  /// Reports the corrections made in the current alert's text.
  private mutating func warn(of problems: ArraySlice<JSONProblem>) {
    for problem in problems where problem.code.isMended {
      warn(at: problem.offset, "", problem.message, remedy: problem.remedy)
    }
  }

  private mutating func readAlert(_ reader: inout JSONReader) throws(JSONProblem) {
    var draft = AlertDraft(offset: reader.offset)
    labels.removeAll(keepingCapacity: true)
    identity = AlertIdentity()
    let faults = reader.faultCount
    _ = try reader.enter()
    while let name = try reader.nextName() {
      if let member = AlertMember(name) {
        if draft.seen.insert(member).inserted {
          try read(member, into: &draft, &reader)
          continue
        }
        let step = name.text
        warn(at: name.offset, step, "the name occurs twice; the first one is used.", remedy: "Remove one.")
      }
      try reader.skip()
    }
    if context.push != nil {
      if reader.faultCount > faults, let fault = reader.latestFault {
        refuse(index, "invalid JSON: \(fault.message)")
      } else {
        keepPushed(draft, at: index)
      }
    } else if let (alert, origin) = alert(of: draft) {
      keep(alert, from: origin, at: draft.offset)
    }
  }

  /// Keeps an alert, unless there are too many; of two with the same ID, the more severe one.
  mutating func keep(_ alert: Alert, from origin: AlertOrigin, at offset: Int) {
    guard alerts.count < context.limits.alerts || indices[ExactText(alert.id)] != nil else {
      if !isOverfull {
        let message = "there are more than \(context.limits.alerts) alerts; the rest is ignored, and nothing resolves."
        fail(at: offset, message, remedy: "Let the service return fewer alerts.")
      }
      isOverfull = true
      return
    }
    guard let known = indices.updateValue(alerts.count, forKey: ExactText(alert.id)) else {
      alerts.append(alert)
      origins.append(origin)
      return
    }
    indices[alert.id] = known
    warn(
      at: offset,
      "",
      "the id \"\(JSONProblem.shown(alert.id))\" occurs twice; the alert with the higher severity is used.",
      remedy: "Give each alert its own id."
    )
    if alert.severity.isWorse(than: alerts[known].severity) { (alerts[known], origins[known]) = (alert, origin) }
  }

  /// Reports that the text has no list of alerts.
  mutating func lackList(at offset: Int, _ message: String = "there is no list of alerts.", remedy: String? = nil) {
    isComplete = false
    let usual =
      context.isPrometheus
      ? "Set the address of a Prometheus server; Belfry requests /api/v1/alerts."
      : "Write a list of alerts, or {\"alerts\": [ … ]}."
    findings.add(.error, at: offset, path: "", message, remedy: remedy ?? usual)
  }

  /// Begins an entry of a list, for the findings about it.
  mutating func begin(list: String, _ index: Int) { (self.list, self.index) = (list, index) }

  /// Reports an entry that is not readable as an alert: what is missing may be active.
  mutating func fail(at offset: Int, _ message: String, remedy: String) {
    isComplete = false
    add(.error, at: offset, "", message, remedy: remedy)
  }
}

// MARK: - From members to an alert

extension AlertCollector {
  /// The alert that the members describe, and where its id comes from; nil if it is not active.
  mutating func alert(of draft: AlertDraft) -> (alert: Alert, origin: AlertOrigin)? {
    let labels = uniqueLabels(at: draft.offset)
    let isForeign =
      context.isPrometheus || context.push == .alertmanager || context.push == .webhook
      || (draft.id == nil && (draft.fingerprint != nil || draft.startsAt != nil || labels["alertname"] != nil))
    return isForeign ? foreignAlert(of: draft, labels) : ownAlert(of: draft, labels)
  }

  private mutating func ownAlert(of draft: AlertDraft, _ labels: Labels) -> (alert: Alert, origin: AlertOrigin) {
    let category = draft.category ?? ""
    let given = kept(draft.id)
    let start = given == nil ? startOfID(of: draft, category) : AlertFingerprint()
    let id = given ?? derivedID(from: start, labels, at: draft.offset)
    let alert = Alert(
      source: context.source,
      id: id,
      severity: severity(draft.severity, at: draft.offset, path: "severity"),
      category: category,
      title: title(draft.title, at: draft.offset, else: category, id),
      detail: draft.detail ?? "",
      labels: labels,
      panel: draft.panel ?? "",
      link: kept(draft.link) ?? draft.route ?? "",
      firstSeen: draft.firstSeen ?? "",
      annotations: draft.annotations.labels,
      sourceLink: draft.generatorURL ?? ""
    )
    return (alert, given == nil ? .derived(start, identity) : .given)
  }

  /// An alert of Prometheus or Alertmanager, most of which is in labels and annotations.
  private mutating func foreignAlert(
    of draft: AlertDraft,
    _ labels: Labels
  ) -> (alert: Alert, origin: AlertOrigin)? {
    guard isActive(draft) else { return nil }
    let name = labels["alertname"] ?? ""
    let category = kept(labels[context.mapping.category]) ?? name
    // Alertmanager identifies a posted alert by its labels alone.
    let given = context.push == .alertmanager ? nil : kept(draft.fingerprint)
    let id = given ?? identity.fingerprint(of: labels).text
    var word = kept(labels[context.mapping.severity])
    // The label may be there only after the change that is next.
    if word == nil, !context.transform.isEmpty { word = context.transform.labels(labels)[context.mapping.severity] }
    let alert = Alert(
      source: context.source,
      id: id,
      severity: severity(
        word,
        at: draft.offset,
        path: "labels.\(context.mapping.severity)"
      ),
      category: category,
      title: title(kept(draft.annotations.summary) ?? name, at: draft.offset, else: category, id),
      detail: draft.annotations.description ?? "",
      labels: labels,
      panel: name,
      link: kept(draft.annotations.link) ?? kept(draft.annotations.runbook) ?? draft.generatorURL ?? "",
      firstSeen: draft.startsAt ?? "",
      annotations: draft.annotations.labels,
      sourceLink: draft.generatorURL ?? ""
    )
    return (alert, .labelled(identity, context.mapping))
  }

  private mutating func isActive(_ draft: AlertDraft) -> Bool {
    if context.push != nil { return true }
    if context.isPrometheus { return draft.state == nil || draft.state == "firing" }
    guard let text = kept(draft.endsAt) else { return true }
    guard let end = Instant(iso8601: text) else {
      warn(
        at: draft.offset,
        "endsAt",
        "\"\(JSONProblem.shown(text))\" is not a time; the alert counts as active.",
        remedy: "Write it like 2026-11-23T17:00:00Z."
      )
      return true
    }
    // Go's zero time, year 1, means no end.
    return end > context.now || end < Instant(seconds: 0)
  }

  /// The severity; without one, an alert is a warning: it notifies, but wakes nobody.
  private mutating func severity(_ word: String?, at offset: Int, path step: String) -> Severity {
    guard let word = kept(word) else {
      warn(
        at: offset,
        step,
        "the alert has no severity; it counts as a warning.",
        remedy: "Set it to critical, warning or info."
      )
      return context.severities.severity(Severity.warning.name)
    }
    let severity = context.severities.severity(word)
    if severity.level == .other, !context.severities.isStandard {
      warn(
        at: offset,
        step,
        "\"\(JSONProblem.shown(word))\" is in no row of `severities`; it ranks last.",
        remedy: "Add it to a row."
      )
    }
    return severity
  }

  private mutating func title(_ text: String?, at offset: Int, else category: String, _ id: String) -> String {
    if let text = kept(text) { return text }
    let title = kept(category) ?? id
    warn(
      at: offset,
      "title",
      "the alert has no title; \"\(JSONProblem.shown(title))\" is used.",
      remedy: "Add a title."
    )
    return title
  }

  /// The start of an ID derived from the members: a hash of all of them except the labels.
  private func startOfID(of draft: AlertDraft, _ category: String) -> AlertFingerprint {
    var hash = AlertFingerprint()
    hash.add(context.source.name)
    hash.add(identity.category ?? Array(category.utf8))
    hash.add(identity.title ?? Array((draft.title ?? "").utf8))
    return hash
  }

  /// An ID derived from the members; the same members always give the same ID.
  private mutating func derivedID(from start: AlertFingerprint, _ labels: Labels, at offset: Int) -> String {
    var hash = start
    identity.addLabels(labels, to: &hash)
    warn(
      at: offset,
      "id",
      "the alert has no id; one is made from its category, title and labels.",
      remedy: "Add an id that stays the same while the alert is active."
    )
    return hash.text
  }

  /// The parsed labels, sorted; of two with the same name, the first one.
  private mutating func uniqueLabels(at offset: Int) -> Labels {
    if labels.isEmpty { return [:] }
    let unique = Labels(labels)
    let repeated = labels.count - unique.count
    if repeated == 0 { return unique }
    warn(
      at: offset,
      "labels",
      "\(repeated) labels repeat a name; the first one is used.",
      remedy: "Use each label name once."
    )
    return Labels(labels.reversed())
  }

  /// The text, or nil if it is empty.
  private func kept(_ text: String?) -> String? {
    guard let text, let first = text.utf8.first else { return nil }
    if first == 0x20 && text.utf8.allSatisfy({ $0 == 0x20 }) { return nil }
    return text
  }
}
