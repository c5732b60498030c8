// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryOperations
internal import BelfryTransport

/// `belfry ack`: acknowledges an alert.
struct AckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ack",
    abstract: "Take an alert on: until it ends, nobody is reminded of it, and it does not escalate.",
    discussion: """
      What else happens to it is told as ever: that it got worse, and that it ended.
      Exit status: 1 when no active alert has this id.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The alert's id, or source/id.") var alert: String
  @Option(help: "What you are doing about it.") var comment = ""
  @Option(help: "Who takes it on. (default: $USER)") var by: String?
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
