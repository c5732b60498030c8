// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryOperations
internal import BelfryTransport

/// `belfry test`: sends a synthetic alert directly to a channel, bypassing deduplication, cooldown, burst and digest.
struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Send a test alert directly to channels, bypassing all throttling.",
    discussion: """
      With --severity it goes to the channels for that severity, with --channel to that channel, otherwise to all.
      Exit status: 1 if a channel did not accept it.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "Send to the channels of the routes that match this severity.") var severity: String?
  @Option(help: "Send to this channel only.") var channel: String?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard severity == nil || channel == nil else { throw ValidationError("Pass either --severity or --channel.") }
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
