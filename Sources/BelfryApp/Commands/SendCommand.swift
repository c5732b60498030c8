// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryTransport
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import Foundation

/// `belfry send`: an alert of one's own, through the whole policy.
struct SendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send",
    abstract: "Tell an alert of your own, through routes, cooldowns and digests like any other.",
    discussion: """
      The alert is active until `--resolved` ends it, or for a day. Without --id each call is an alert of its own.
      Exit status: 1 when it could not be delivered now.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "critical, warning, info, or another word.") var severity: String?
  @Option(help: "One line.") var title: String?
  @Option(help: "A paragraph.") var detail = ""
  @Option(help: "What kind of trouble it is; cooldowns go by it.") var category = ""
  @Option(help: "Its identity: the same id is the same alert.") var id: String?
  @Option(name: .customLong("label"), help: ArgumentHelp("A label, k=v; may be repeated.", valueName: "k=v"))
  var labels: [LabelArgument] = []
  @Flag(help: "The alert with this --id has ended.") var resolved = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if resolved {
      guard id != nil else { throw ValidationError("--resolved needs the --id of the alert that ended.") }
    } else {
      guard severity != nil, title != nil else { throw ValidationError("--severity and --title are needed.") }
    }
  }

  func run() async throws {
    let configuration = try file.load()
    let lines = Lines()
    let app = try await App.build(configuration, App.Options(print: { lines.add($0) }))
    let (key, event) = makeEvent(at: app.time.now())
    let ingested = try await app.ledger.ingest(
      [event],
      policy: app.policy,
      lease: LeaseTerms(count: 64, duration: Dispatcher.lease)
    )
    await app.dispatcher.hand(ingested.leased)
    await app.dispatcher.finishLeased()
    let counts = app.tally.counts
    try await app.close()
    if json {
      Output.json(encode(key, ingested, counts))
    } else {
      for recorded in ingested.decisions { Output.line(PrintedText(recorded.decision.text(at: recorded.at))) }
      if ingested.decisions.isEmpty { Output.line("\(key): nothing new; it is known as it is") }
      for line in lines.all { Output.line(PrintedText(line)) }
    }
    if counts.retried + counts.dead > 0 { throw ExitStatus.badNews }
  }

  private func makeEvent(at now: Instant) -> (AlertKey, Event) {
    let id = id ?? "send-" + UUID().uuidString.lowercased()
    let alert = Alert(
      source: .command,
      id: id,
      severity: resolved ? .info : Severity(severity ?? ""),
      category: category,
      title: resolved ? "resolved" : title ?? "",
      detail: detail,
      labels: Labels(labels),
      firstSeen: now.iso8601
    )
    // An id that is cut, or has characters replaced, is the same one when the alert ends.
    let cleaned = clean(alert, at: now)
    return (cleaned.key, resolved ? .resolved(cleaned.key) : .fired(cleaned))
  }

  /// What is typed is held to the same limits as what a source says.
  private func clean(_ alert: Alert, at now: Instant) -> Alert {
    var writer = JSONWriter()
    writer.array([alert]) { AlertEncoding.encode($1, into: &$0) }
    let snapshot = AlertDecoding.read(SourceText(name: "belfry send", bytes: writer.bytes), from: .command, now: now)
    for finding in snapshot.findings { Output.error("\(finding.level.rawValue): \(finding.message) \(finding.remedy)") }
    return snapshot.alerts.first ?? alert
  }

  private func encode(_ key: AlertKey, _ ingested: Ingested, _ counts: Tally.Counts) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("alert_id", key.id)
      writer.key("decisions")
      writer.array(ingested.decisions) { writer, recorded in
        writer.object { $0.members(of: recorded.decision) }
      }
      writer.member("delivered", counts.delivered)
      writer.member("to_be_retried", counts.retried)
      writer.member("dead", counts.dead)
    }
    return writer.text
  }
}
