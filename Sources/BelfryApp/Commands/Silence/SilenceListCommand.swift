// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry silence list`.
struct SilenceListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the silences that are in force or to come, with what each holds back."
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Those that are over as well.") var all = false
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
