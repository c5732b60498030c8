// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import BelfryTransport

// The read-only tools.
extension AlertTools {
  func listAlerts(_ arguments: ToolArguments) async throws -> [UInt8] {
    let limit = arguments.number("limit", otherwise: 50)
    let isActiveOnly = arguments.flag("active_only", otherwise: true)
    let severity = arguments.text("severity").map { configuration.rules.severities.severity($0) }
    var last: AlertKey?
    if let text = arguments.text("cursor") {
      guard let key = AlertKey(text: text) else {
        throw ToolRefusal(
          "cursor: \(text.oneLine.truncated(to: 60)) is invalid; pass the next_cursor of the previous page."
        )
      }
      last = key
    }
    var found: [AlertRecord] = []
    let deadline = WorkDeadline(of: .listing, on: operations.time)
    // One more than requested shows whether there is another page.
    while found.count <= limit {
      try deadline.check()
      let page = try await ledger.records(after: last, activeOnly: isActiveOnly, limit: AlertTools.page)
      found += page.filter { severity?.isSame(as: $0.alert.severity) ?? true }
      guard let end = page.last, page.count == AlertTools.page else { break }
      last = end.alert.key
    }
    let shown = found.prefix(limit)
    return written { writer in
      writer.key("alerts")
      writer.array(shown) { AlertTools.encode($1, into: &$0) }
      writer.member("next_cursor", found.count > limit ? shown.last?.alert.key.description : nil)
    }
  }

  private static let page = 500

  private static func encode(_ record: AlertRecord, into writer: inout JSONWriter) {
    let alert = record.alert
    writer.object { writer in
      writer.member("alert_id", alert.id)
      writer.member("source", alert.source.name)
      writer.member("severity", alert.severity.name)
      writer.member("category", alert.category)
      writer.member("title", alert.title.truncated(to: 300))
      writer.member("standing", record.standing.name)
      writer.member("active", record.isActive)
      writer.member("since", record.firedAt.iso8601)
      writer.member("acknowledged_by", record.acknowledgement?.by)
      writer.key("labels")
      writer.object { for label in alert.labels { $0.member(label.name, label.value.truncated(to: 300)) } }
      writer.key("annotations")
      writer.object { for one in alert.annotations { $0.member(one.name, one.value.truncated(to: 300)) } }
    }
  }

  func why(_ arguments: ToolArguments) async throws -> [UInt8] {
    let report = try await WhyReport.read(
      arguments.text("alert") ?? "",
      from: ledger,
      configuration,
      last: arguments.number("last", otherwise: 20),
      by: WorkDeadline(of: .story, on: operations.time)
    )
    var writer = JSONWriter()
    report.encode(into: &writer, at: now)
    if report.stories.isEmpty { throw ToolRefusal(report.unknown, answer: writer.bytes) }
    return writer.bytes
  }

  func explain(_ arguments: ToolArguments) async throws -> [UInt8] {
    let labels = (arguments.node["labels"]?.members ?? []).map {
      Labels.Label(name: $0.name, value: $0.node.string ?? "")
    }
    let described = AlertDescription(
      severity: arguments.text("severity"),
      category: arguments.text("category"),
      source: SourceName(arguments.text("source") ?? SourceName.command.name),
      labels: labels
    )
    let moment = try arguments.text("at").map { text in
      guard let moment = Instant(iso8601: text) else {
        throw ToolRefusal("at: \(text.oneLine.truncated(to: 40)) is not a time. Write it like 2026-11-25T07:00:00Z.")
      }
      guard moment >= now else { throw ToolRefusal("at: \(moment.iso8601) is in the past; it is now \(now.iso8601).") }
      return moment
    }
    let report: ExplainReport
    switch arguments.text("alert") {
    case let text? where described.isEmpty && arguments.text("source") == nil:
      report = try await .read(.typed(text), from: ledger, configuration, at: moment, now: now)
    case nil where !described.isEmpty:
      report = try await .read(described, from: ledger, configuration, at: moment, now: now)
    default: throw ToolRefusal("Pass either alert, or severity, category or labels, with their source if that matters.")
    }
    var writer = JSONWriter()
    report.encode(into: &writer)
    return writer.bytes
  }

  func deadLetters(_ arguments: ToolArguments, by caller: Caller) async throws -> [UInt8] {
    switch arguments.text("action") {
    case "retry": return try await handle(.retry, arguments, by: caller)
    case "drop": return try await handle(.drop, arguments, by: caller)
    default: break
    }
    let list = try await DeadLetterList.read(
      ledger,
      configuration,
      channel: arguments.text("channel"),
      after: arguments.text("cursor"),
      limit: arguments.number("limit", otherwise: 50)
    )
    return written { writer in
      writer.key("dead_letters")
      list.encode(into: &writer)
      writer.member("next_cursor", list.cursor)
      writer.member("mended", 0)
    }
  }

  func written(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object(write)
    return writer.bytes
  }
}
