// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations

/// `belfry dead retry`.
struct DeadRetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Queue dead letters for delivery again.",
    discussion: """
      Fix the cause first; `belfry test --channel NAME` tests the channel. A message that says that an alert fires is not sent \
      if the alert has resolved.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @OptionGroup var choice: DeadLetterChoice

  func run() async throws {
    let handled = try await choice.handle(.retry, try file.load())
    for outdated in handled.outdated { Output.line("\(outdated.line)") }
    if handled.count > 0 || handled.outdated.isEmpty {
      Output.line(
        "\(counted(handled.count, "message")) queued for the running notifier; see progress with: belfry status"
      )
    }
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
    let handled = try await choice.handle(.drop, try file.load())
    Output.line("\(counted(handled.count, "dead letter")) discarded")
  }
}
