// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry ack`: someone takes an alert on.
struct AckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ack",
    abstract: "Take an alert on: until it ends, nobody is reminded of it, and it does not escalate.",
    discussion: """
      What else happens to it is told as ever: that it got worse, and that it ended.
      Exit status: 1 when no active alert has this id.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The alert's id, or source/id.") var alert: String
  @Option(help: "What you are doing about it.") var comment = ""
  @Option(help: "Who takes it on. (default: $USER)") var by: String?
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    guard let ledger = try await App.openExisting(configuration) else {
      Output.errorText(App.noLedger(configuration))
      throw ExitStatus.badNews
    }
    let finder = AlertFinder(ledger: ledger, configuration: configuration)
    let found = try await finder.alerts(alert)
    let active = found.filter(\.isActive)
    guard let record = active.first, active.count == 1 else {
      let near = found.isEmpty ? try await finder.near(alert) : []
      try await ledger.close()
      let time = TimeText(now: SystemTime().now())
      Output.errorText(AckCommand.refusal(alert, found, near, time))
      throw active.isEmpty ? ExitStatus.badNews : ExitStatus.misuse
    }
    let policy = Policy(rules: configuration.rules)
    let event = Event.acknowledged(record.alert.key, by: (by ?? Operator.name).oneLine, comment: comment.oneLine)
    let decisions = try await ledger.ingest([event], policy: policy, lease: nil).decisions
    try await ledger.close()
    let time = TimeText(now: SystemTime().now())
    guard !decisions.isEmpty else {
      Output.error("\(record.alert.key) ended just now: there is nothing to acknowledge.")
      throw ExitStatus.badNews
    }
    let stopped = AckCommand.stopped(record, policy)
    Output.text(
      json ? AckCommand.encode(record, stopped) : AckCommand.text(record, by: event, stopped, time),
      isJSON: json
    )
  }

  /// What would have come of the alert if nobody had taken it on.
  static func stopped(_ record: AlertRecord, _ policy: Policy) -> [Upcoming] {
    policy.upcoming(record).filter { $0.kind == .reminder || $0.kind == .escalation }
  }

  static func text(_ record: AlertRecord, by event: Event, _ stopped: [Upcoming], _ time: TimeText) -> String {
    guard case .acknowledged(let key, let by, let comment, _) = event else { return "" }
    let note = comment.isEmpty ? "" : " (\(comment))"
    var lines = ["acknowledged by \(by)\(note): \(record.alert.severity) \(key) “\(record.alert.title.oneLine)”"]
    if let earlier = record.acknowledgement {
      lines.append("before, \(earlier.by) had it, since \(time.full(earlier.at))")
    }
    lines += stopped.map { step in
      let channels = step.channels.map(\.name).joined(separator: ", ")
      let what = step.kind == .escalation ? "\(channels) would have been told" : "\(channels) would have been reminded"
      return "stops: \(what) \(time.full(step.due))" + (step.rule.map { " (\($0))" } ?? "")
    }
    if stopped.isEmpty, record.acknowledgement == nil {
      lines.append("there was nothing to stop: no reminder and no escalation was to come")
    }
    return lines.printedLines
  }

  /// Why nothing was acknowledged, and what to do.
  static func refusal(_ alert: String, _ found: [AlertRecord], _ near: [AlertKey], _ time: TimeText) -> String {
    let active = found.filter(\.isActive)
    if active.count > 1 {
      let keys = active.map { "belfry ack \($0.alert.key)" }.joined(separator: ", or ")
      return "\(alert) is active in \(active.count) sources; say which: \(keys)".printableLine
    }
    if let ended = found.first {
      let when = ended.resolvedAt.map { " \(time.full($0))" } ?? ""
      return "\(ended.alert.key) is not active: it ended\(when). There is nothing to acknowledge.".printableLine
    }
    let known = near.map { "did you mean \($0)?" }
    return (["no alert \(alert) was ever seen, so nothing was acknowledged"] + known).printedLines
  }

  static func encode(_ record: AlertRecord, _ stopped: [Upcoming]) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("alert_id", record.alert.id)
      writer.member("source", record.alert.source.name)
      writer.key("stops")
      writer.array(stopped) { writer, step in
        writer.object {
          $0.member("what", step.kind.rawValue)
          $0.member("due", step.due.iso8601)
          $0.member("channels", step.channels.map(\.name))
          $0.member("rule", step.rule?.path)
        }
      }
    }
    return writer.text
  }
}
