// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger

/// `belfry dead retry`.
struct DeadRetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Queue dead letters for delivery again.",
    discussion: "Fix the cause first; `belfry test --channel NAME` tests the channel."
  )

  @OptionGroup var file: ConfigurationOption
  @OptionGroup var choice: DeadLetterChoice

  func run() async throws {
    let count = try await choice.handle(.retry, try file.load())
    Output.line(
      "\(counted(count, "message")) queued for the running notifier; see progress with: belfry status"
    )
  }
}

/// `belfry dead drop`.
struct DeadDropCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop",
    abstract: "Discard dead letters: they are not delivered and no longer counted.",
    discussion: "Their content stays in the ledger, and `belfry why` shows that they were discarded."
  )

  @OptionGroup var file: ConfigurationOption
  @OptionGroup var choice: DeadLetterChoice

  func run() async throws {
    let count = try await choice.handle(.drop, try file.load())
    Output.line("\(counted(count, "dead letter")) discarded")
  }
}
