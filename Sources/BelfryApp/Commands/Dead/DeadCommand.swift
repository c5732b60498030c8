// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryLedger

/// `belfry dead`: the messages that were given up.
struct DeadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dead",
    abstract: "Look through the dead letters: what could not be told, why, and what to do about it.",
    discussion: "What is brought back is delivered by the running notifier, within seconds.",
    subcommands: [DeadListCommand.self, DeadShowCommand.self, DeadRetryCommand.self, DeadDropCommand.self],
    defaultSubcommand: DeadListCommand.self
  )
}

/// Which dead letters are meant.
struct DeadLetterChoice: ParsableArguments {
  @Argument(help: ArgumentHelp("A dead letter's id, or as much of its end as no other has.", valueName: "id"))
  var ids: [String] = []
  @Option(help: "All of this channel.") var channel: String?
  @Flag(help: "All there are.") var all = false

  func validate() throws {
    let ways = [!ids.isEmpty, channel != nil, all].count { $0 }
    guard ways == 1 else { throw ValidationError("Name dead letters, or a --channel, or --all.") }
  }

  /// The letters that are meant.
  ///
  /// - Throws: `CommandFailure` for an id that none or several have.
  func letters(among dead: [DeliveryRecord]) throws -> [DeliveryRecord] {
    if all { return dead }
    if let channel { return dead.filter { $0.delivery.channel.name == channel } }
    return try ids.map { try DeadLetterChoice.letter($0, among: dead) }
  }

  static func letter(_ id: String, among dead: [DeliveryRecord]) throws -> DeliveryRecord {
    let found = dead.filter { !id.isEmpty && $0.delivery.id.text.hasSuffix(id.lowercased()) }
    guard found.count < 2 else {
      throw CommandFailure("\(found.count) dead letters end in \(id). Write more of the id.")
    }
    guard let letter = found.first else {
      throw CommandFailure("There is no dead letter \(id). `belfry dead list` lists those that there are.")
    }
    return letter
  }
}

extension DeadLetterChoice {
  /// Does to what is meant what the operator says; answers how many letters that were, at least one.
  func mend(by remedy: DeadLetterRemedy, _ configuration: Configuration) async throws -> Int {
    guard let ledger = try await App.openExisting(configuration) else {
      throw CommandFailure(PrintedText(App.noLedger(configuration)))
    }
    do {
      let chosen = try letters(among: try await ledger.deadLetters(limit: .max))
      let mended = try await ledger.mend(chosen.map(\.delivery.id), by: remedy).count { $0 }
      try await ledger.close()
      if mended > 0 { return mended }
    } catch {
      try await ledger.close()
      throw error
    }
    Output.line("there is no such dead letter")
    throw ExitStatus.badNews
  }
}
