// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryServer
internal import BelfryTransport

// What only looks.
extension AlertTools {
  func listAlerts(_ arguments: ToolArguments) async throws -> [UInt8] {
    let limit = arguments.number("limit", otherwise: 50)
    let isActiveOnly = arguments.flag("active_only", otherwise: true)
    let severity = arguments.text("severity").map { Severity($0) }
    var last: AlertKey?
    if let text = arguments.text("cursor") {
      guard let key = AlertKey(text: text) else {
        throw ToolRefusal("cursor: \(text.oneLine.truncated(to: 60)) is none; give the next_cursor of the page before.")
      }
      last = key
    }
    var found: [AlertRecord] = []
    let deadline = WorkDeadline(of: .listing, on: time)
    // One more than is asked for tells whether there is another page.
    while found.count <= limit {
      try deadline.check()
      let page = try await ledger.records(after: last, activeOnly: isActiveOnly, limit: AlertTools.page)
      found += page.filter { severity == nil || $0.alert.severity == severity }
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
    }
  }

  func why(_ arguments: ToolArguments) async throws -> [UInt8] {
    let configuration = configuration()
    let finder = AlertFinder(ledger: ledger, configuration: configuration)
    let id = arguments.text("alert") ?? ""
    let last = arguments.number("last", otherwise: 20)
    let deadline = WorkDeadline(of: .story, on: time)
    var stories: [AlertStory] = []
    for record in try await finder.alerts(id) {
      stories.append(
        try await AlertStory.read(
          record,
          from: ledger,
          configuration: configuration,
          last: last,
          log: configuration.audit.path,
          by: deadline
        )
      )
    }
    let near = stories.isEmpty ? try await finder.near(id) : []
    let answer = written { writer in
      writer.key("alerts")
      writer.array(stories) { $1.encode(into: &$0, at: now) }
      writer.member("near", near.map(\.description))
    }
    if stories.isEmpty { throw ToolRefusal(WhyCommand.unknown(id.oneLine.truncated(to: 200), near), answer: answer) }
    return answer
  }

  func explain(_ arguments: ToolArguments) async throws -> [UInt8] {
    let labels = (arguments.node["labels"]?.members ?? []).map {
      Labels.Label(name: $0.name, value: $0.node.string ?? "")
    }
    let alert = Alert(
      source: SourceName(arguments.text("source") ?? SourceName.command.name),
      id: "explain",
      severity: Severity(arguments.text("severity") ?? ""),
      category: arguments.text("category") ?? "",
      title: "",
      labels: Labels(labels)
    )
    let silences = try await ledger.silences(includingOver: false)
    let explanation = Policy(rules: configuration().rules).explain(alert, silences: silences, at: now)
    return Array(ExplainCommand.encode(explanation).utf8)
  }

  func deadLetters(_ arguments: ToolArguments, by caller: Caller) async throws -> [UInt8] {
    let action = arguments.text("action") ?? "list"
    let remedies: [String: DeadLetterRemedy] = ["retry": .retry, "drop": .drop]
    if let remedy = remedies[action] { return try await mend(arguments, by: remedy, action, caller) }
    let configuration = configuration()
    let channel = arguments.text("channel")
    let all = try await ledger.deadLetters(limit: .max).filter {
      channel == nil || $0.delivery.channel.name == channel
    }
    var rest = all[...]
    if let cursor = arguments.text("cursor") {
      guard let index = all.firstIndex(where: { $0.delivery.id.text == cursor }) else {
        throw ToolRefusal("cursor: this dead letter is gone. Begin again without a cursor.")
      }
      rest = all[(index + 1)...]
    }
    let page = rest.prefix(arguments.number("limit", otherwise: 50))
    return written { writer in
      writer.key("dead_letters")
      writer.array(page) { DeadLetter($1, configuration).encode(into: &$0) }
      writer.member("next_cursor", rest.count > page.count ? page.last?.delivery.id.text : nil)
      writer.member("mended", 0)
    }
  }

  func written(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object(write)
    return writer.bytes
  }
}
