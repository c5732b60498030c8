// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryOperations
internal import BelfryTransport

/// `belfry test`: sends a synthetic alert directly to a channel, bypassing deduplication, cooldown, burst and digest.
struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Send a test alert straight to the channels, past all throttling.",
    discussion: """
      With --severity it goes where an alert of that severity would, with --channel to that one, with neither to all.
      Exit status: 1 when a channel did not take it.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "To the channels of the routes that take this severity.") var severity: String?
  @Option(help: "To this channel.") var channel: String?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard severity == nil || channel == nil else { throw ValidationError("Give --severity or --channel, not both.") }
  }

  func run() async throws {
    let configuration = try file.load()
    let done = try await App.acting(configuration) { app in
      try await app.operations.perform(SendTest(target), by: .atTerminal())
    }
    if json { for object in done.objects { Output.json(object) } } else { Output.text(done.lines.printedLines) }
    if done.failure != nil { throw ExitStatus.badNews }
  }

  private var target: SendTest.Target {
    if let channel { return .channel(channel) }
    return severity.map { .severity(Severity($0)) } ?? .all
  }
}
