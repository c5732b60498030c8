// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry silence list`.
struct SilenceListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List current and future silences, and how many alerts each holds back."
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Include ended silences.") var all = false
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    var list = SilenceList()
    if let ledger = try await App.openExisting(configuration) {
      list = try await SilenceList.read(ledger, includingOver: all)
      try await ledger.close()
    }
    Output.answer(list.text(TimeText(now: SystemTime().now())), json: json) { list.encode(into: &$0) }
  }
}
