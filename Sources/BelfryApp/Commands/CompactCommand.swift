// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations

/// `belfry compact`.
struct CompactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Give the ledger's free space back to the file system.",
    discussion: """
      Space of removed history is free for new alerts; the file keeps its size. This command makes the file smaller, in \
      small steps between other work, so `belfry run` may go on. It removes no history: `keep` in channels.json does.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    guard let ledger = try await App.openExisting(configuration) else {
      return Output.answer(App.noLedger(configuration), json: json) { $0.null() }
    }
    let before = try await ledger.size().bytes
    while try await ledger.compact() > 0 {}
    let after = try await ledger.size().bytes
    try await ledger.close()
    let size = LedgerSize.text(after)
    let text = before == after ? "\(size), no free space" : "\(LedgerSize.text(before)) → \(size)"
    Output.answer("ledger: \(text)".printableLine, json: json) { writer in
      writer.object {
        $0.member("bytes_before", before)
        $0.member("bytes", after)
      }
    }
  }
}
