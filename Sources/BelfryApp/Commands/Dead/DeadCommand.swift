// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations

/// `belfry dead`: the messages that could not be delivered.
struct DeadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dead",
    abstract: "Inspect, retry or discard messages that could not be delivered.",
    discussion: "The running notifier delivers retried messages within seconds.",
    subcommands: [DeadListCommand.self, DeadShowCommand.self, DeadRetryCommand.self, DeadDropCommand.self],
    defaultSubcommand: DeadListCommand.self
  )
}

/// Selects dead letters.
struct DeadLetterChoice: ParsableArguments {
  @Argument(help: ArgumentHelp("A dead letter's id, or enough of its end to be unique.", valueName: "id"))
  var ids: [String] = []
  @Option(help: "All dead letters of this channel.") var channel: String?
  @Flag(help: "All dead letters.") var all = false

  func validate() throws {
    let ways = [!ids.isEmpty, channel != nil, all].count { $0 }
    guard ways == 1 else { throw ValidationError("Pass ids, --channel, or --all.") }
  }

  var selection: DeadLetterAction.Selection {
    if all { return .all }
    return channel.map { .channel($0) } ?? .ids(ids)
  }
}

extension DeadLetterChoice {
  /// Retries or discards the selected ones.
  func handle(_ remedy: DeadLetterRemedy, _ configuration: Configuration) async throws -> HandledDeadLetters {
    try App.requireLedger(configuration)
    return try await App.acting(configuration) { app in
      try await app.operations.perform(DeadLetterAction(remedy, selection), by: .atTerminal())
    }
  }
}
