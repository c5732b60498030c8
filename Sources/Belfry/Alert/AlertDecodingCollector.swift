// SPDX-License-Identifier: Apache-2.0

/// Collects the alerts of one text while it is parsed.
struct AlertCollector {
  let context: AlertContext
  private(set) var alerts: [Alert] = []
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
    } else if let alert = alert(of: draft) {
      keep(alert, at: draft.offset)
    }
  }

  /// Keeps an alert, unless there are too many; of two with the same ID, the more severe one.
  mutating func keep(_ alert: Alert, at offset: Int) {
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
      return
    }
    indices[alert.id] = known
    warn(
      at: offset,
      "",
      "the id \"\(JSONProblem.shown(alert.id))\" occurs twice; the alert with the higher severity is used.",
      remedy: "Give each alert its own id."
    )
    if alert.severity.isWorse(than: alerts[known].severity) { alerts[known] = alert }
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
