// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryTransport

/// `belfry ack`: acknowledges an alert.
struct AckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ack",
    abstract: "Acknowledge an alert: no reminders or escalation until it resolves.",
    discussion: """
      Other messages about it are still sent: when it gets more severe, and when it resolves.
      Exit status: 1 when no active alert has this id.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The alert's id, or source/id.") var alert: String
  @Option(help: "A comment, such as what you are doing about it.") var comment = ""
  @Option(help: "Who acknowledges it. (default: $USER)") var by: String?
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    try App.requireLedger(configuration)
    let done = try await App.acting(configuration) { app in
      try await app.operations.perform(Acknowledge(.typed(alert), comment: comment), by: .atTerminal(by))
    }
    Output.answer(done.text(TimeText(now: SystemTime().now())), json: json) { done.encode(into: &$0) }
  }
}
