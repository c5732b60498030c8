// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger

/// `belfry dead retry`.
struct DeadRetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Have dead letters delivered after all, as if they had just been made.",
    discussion: "Mend the cause first: `belfry test --channel NAME` tries the channel."
  )

  @OptionGroup var file: ConfigurationOption
  @OptionGroup var choice: DeadLetterChoice

  func run() async throws {
    let count = try await choice.handle(.retry, try file.load())
    Output.line(
      "\(counted(count, "message")) to be delivered by the notifier that runs; belfry status shows how it goes"
    )
  }
}

/// `belfry dead drop`.
struct DeadDropCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop",
    abstract: "Dismiss dead letters: they are not told any more, and no longer count.",
    discussion: "What they were to tell stays in the ledger: `belfry why` says that it was dismissed."
  )

  @OptionGroup var file: ConfigurationOption
  @OptionGroup var choice: DeadLetterChoice

  func run() async throws {
    let count = try await choice.handle(.drop, try file.load())
    Output.line("\(counted(count, "dead letter")) dismissed")
  }
}
