// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry dead list`, or `belfry dead` alone.
struct DeadListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the dead letters, the latest first.",
    discussion: "Exit status: 1 when there are any."
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "Of this channel alone.") var channel: String?
  @Option(help: "How many at most.") var limit = 100
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try await file.loadOrLast()
    var letters: [DeadLetter] = []
    var count = 0
    if let ledger = try await App.openExisting(configuration) {
      let dead = try await ledger.deadLetters(limit: .max).filter {
        channel == nil || $0.delivery.channel.name == channel
      }
      count = dead.count
      letters = dead.prefix(max(0, limit)).map { DeadLetter($0, configuration) }
      try await ledger.close()
    }
    let time = TimeText(now: SystemTime().now())
    Output.text(json ? DeadListCommand.encode(letters) : DeadListCommand.text(letters, of: count, time), isJSON: json)
    if count > 0 { throw ExitStatus.badNews }
  }

  static func text(_ letters: [DeadLetter], of count: Int, _ time: TimeText) -> String {
    guard count > 0 else { return "no dead letters" }
    let more = count > letters.count ? ["… and \(count - letters.count) older ones; --limit \(count) shows all"] : []
    return (letters.map { $0.line(time) } + more + ["belfry dead show ID says more, and what to do"])
      .printedLines
  }

  private static func encode(_ letters: [DeadLetter]) -> String {
    var writer = JSONWriter()
    writer.array(letters) { $1.encode(into: &$0) }
    return writer.text
  }
}

/// `belfry dead show`.
struct DeadShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a dead letter: what it was to tell, each attempt, and what to do."
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The dead letter's id, or as much of its end as no other has.") var id: String
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    guard let ledger = try await App.openExisting(configuration) else {
      throw CommandFailure(PrintedText(App.noLedger(configuration)))
    }
    let dead = try await ledger.deadLetters(limit: .max)
    var letter = DeadLetter(try DeadLetterChoice.letter(id, among: dead), configuration)
    letter.attempts = try await ledger.attempts(at: letter.record.delivery.id)
    try await ledger.close()
    var writer = JSONWriter()
    letter.encode(into: &writer)
    Output.text(json ? writer.text : letter.lines(TimeText(now: SystemTime().now())).printedLines, isJSON: json)
  }
}
