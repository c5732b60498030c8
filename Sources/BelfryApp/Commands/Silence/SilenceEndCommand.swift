// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry silence end`.
struct SilenceEndCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "end",
    abstract: "End a silence now and send the alerts it held back that are still firing.",
    discussion: "Exit status: 1 if there is no such silence, or if something could not be delivered now."
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The silence's id, as shown by `belfry silence list`.") var id: String
  @Option(help: "Who ends it. (default: $USER)") var by: String?
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    try App.requireLedger(configuration)
    let lines = Lines()
    do {
      let done = try await App.acting(configuration, print: { lines.add($0) }) { app in
        try await app.operations.perform(EndSilence(id), by: .atTerminal(by))
      }
      Output.answer((done.lines + lines.all).printedLines, json: json) { done.encode(into: &$0) }
      if done.effects.hasFailure { throw ExitStatus.badNews }
    } catch let refusal as OperationRefusal where refusal.code == .ended {
      Output.text(refusal.description)
    }
  }
}
