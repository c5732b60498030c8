// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry silence end`.
struct SilenceEndCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "end",
    abstract: "End a silence now, and tell at once what it held back and still fires.",
    discussion: "Exit status: 1 when there is no such silence, or when something could not be delivered now."
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The silence, as `belfry silence list` names it.") var id: String
  @Option(help: "Who ends it. (default: $USER)") var by: String?
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    guard let ledger = try await App.openExisting(configuration) else { throw refuse([]) }
    let known = try await ledger.silences(includingOver: true)
    try await ledger.close()
    guard let silence = known.first(where: { $0.id.text == id.lowercased() }) else { throw refuse(known) }
    guard !silence.isOver(at: SystemTime().now()) else {
      return Output.line("nothing to end: \(silence.line(TimeText(now: SystemTime().now())))")
    }
    try await end(silence, configuration)
  }

  private func end(_ silence: Silence, _ configuration: Configuration) async throws {
    let lines = Lines()
    let app = try await App.build(configuration, App.Options(print: { lines.add($0) }))
    let list = ListKey.silence(silence.id)
    let held = try await app.ledger.waiting(in: list).count
    let event = Event.unsilenced(silence.id, by: (by ?? Operator.name).oneLine)
    _ = try await app.ledger.ingest([event], policy: app.policy, lease: nil)
    let terms = LeaseTerms(count: 64, duration: Dispatcher.lease)
    let fired = try await app.ledger.fire(only: [.list(list)], policy: app.policy, lease: terms)
    await app.dispatcher.hand(fired.leased)
    await app.dispatcher.finishLeased()
    let counts = app.tally.counts
    try await app.close()
    if json {
      Output.json(encode(silence, held, fired, counts))
    } else {
      Output.line("ended: \(silence.shown)")
      Output.text(SilenceEndCommand.text(held: held, decided: fired.decisions.count))
      for recorded in fired.decisions { Output.line(PrintedText(recorded.decision.text(at: recorded.at))) }
      for line in lines.all { Output.line(PrintedText(line)) }
    }
    if counts.retried + counts.dead > 0 { throw ExitStatus.badNews }
  }

  static func text(held: Int, decided: Int) -> String {
    if held == 0 { return "it held nothing back" }
    if decided == 0 { return "it held back \(counted(held, "alert")): the running notifier sees to them" }
    return "it held back \(counted(held, "alert")):"
  }

  private func refuse(_ known: [Silence]) -> ExitCode {
    let now = SystemTime().now()
    let names = known.filter { !$0.isOver(at: now) }.map(\.id.text)
    let remedy = names.isEmpty ? "Nothing is silenced." : Nearest.remedy(for: id, among: names)
    Output.error("There is no silence \"\(id)\". \(remedy)")
    return ExitStatus.badNews
  }

  private func encode(_ silence: Silence, _ held: Int, _ fired: Ingested, _ counts: Tally.Counts) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("id", silence.id.text)
      writer.member("held", held)
      writer.key("decisions")
      writer.array(fired.decisions) { writer, recorded in
        writer.object {
          $0.member("alert_id", recorded.decision.alert.id)
          $0.member("source", recorded.decision.alert.source.name)
          $0.members(of: recorded.decision)
        }
      }
      writer.member("delivered", counts.delivered)
      writer.member("to_be_retried", counts.retried)
      writer.member("dead", counts.dead)
    }
    return writer.text
  }
}
