// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations

/// `belfry dead`: the messages that could not be delivered.
struct DeadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dead",
    abstract: "Look through the dead letters: what could not be told, why, and what to do about it.",
    discussion: "What is brought back is delivered by the running notifier, within seconds.",
    subcommands: [DeadListCommand.self, DeadShowCommand.self, DeadRetryCommand.self, DeadDropCommand.self],
    defaultSubcommand: DeadListCommand.self
  )
}

/// Selects dead letters.
struct DeadLetterChoice: ParsableArguments {
  @Argument(help: ArgumentHelp("A dead letter's id, or as much of its end as no other has.", valueName: "id"))
  var ids: [String] = []
  @Option(help: "All of this channel.") var channel: String?
  @Flag(help: "All there are.") var all = false

  func validate() throws {
    let ways = [!ids.isEmpty, channel != nil, all].count { $0 }
    guard ways == 1 else { throw ValidationError("Name dead letters, or a --channel, or --all.") }
  }

  var selection: DeadLetterAction.Selection {
    if all { return .all }
    return channel.map { .channel($0) } ?? .ids(ids)
  }
}

extension DeadLetterChoice {
  /// Retries or discards the selected ones; returns how many there were.
  func handle(_ remedy: DeadLetterRemedy, _ configuration: Configuration) async throws -> Int {
    try App.requireLedger(configuration)
    return try await App.acting(configuration) { app in
      try await app.operations.perform(DeadLetterAction(remedy, selection), by: .atTerminal()).count
    }
  }
}
