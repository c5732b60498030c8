// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryTransport

/// `belfry unack`: an acknowledgement is withdrawn.
struct UnackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unack",
    abstract: "Withdraw the acknowledgement of an alert: reminders and escalation continue.",
    discussion: """
      Overdue reminders and escalations are sent at once.
      Exit status: 1 when no active alert has this id, or the alert is not acknowledged.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The alert's id, or source/id.") var alert: String
  @Option(help: "Who withdraws it. (default: $USER)") var by: String?
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    try App.requireLedger(configuration)
    let done = try await App.acting(configuration) { app in
      try await app.operations.perform(Unacknowledge(.typed(alert)), by: .atTerminal(by))
    }
    Output.answer(done.text(TimeText(now: SystemTime().now())), json: json) { done.encode(into: &$0) }
  }
}
