// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry dead list`, or `belfry dead` alone.
struct DeadListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the dead letters, latest first.",
    discussion: "Exit status: 1 if there are any."
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "Only this channel.") var channel: String?
  @Option(help: "The maximum number to list.") var limit = 100
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try await file.loadOrLast()
    var list = DeadLetterList()
    if let ledger = try await App.openExisting(configuration) {
      list = try await DeadLetterList.read(ledger, configuration, channel: channel, limit: limit)
      try await ledger.close()
    }
    Output.answer(list.text(TimeText(now: SystemTime().now())), json: json) { list.encode(into: &$0) }
    if list.count > 0 { throw ExitStatus.badNews }
  }
}

/// `belfry dead show`.
struct DeadShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a dead letter: its content, each attempt, and what to do."
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The dead letter's id, or enough of its end to be unique.") var id: String
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    try App.requireLedger(configuration)
    let letter = try await App.asking(configuration) { try await DeadLetter.read(id, from: $0, configuration) }
    let lines = letter.lines(TimeText(now: SystemTime().now()))
    Output.answer(lines.printedLines, json: json) { letter.encode(into: &$0) }
  }
}
