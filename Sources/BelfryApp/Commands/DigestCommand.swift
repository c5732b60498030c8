// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations

/// `belfry digest`: lists what waits in the digests, and sends one now.
struct DigestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Show the alerts waiting in the digests, or send a digest now.",
    subcommands: [Show.self, Flush.self]
  )

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the alerts waiting in each digest, or in one.")

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The digest's name.") var name: String?
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let configuration = try file.load()
      let report = try await App.acting(configuration) { app in
        try await DigestReport.read(name, from: app.ledger, configuration)
      }
      Output.answer(report.lines.printedLines, json: json) { report.encode(into: &$0) }
    }
  }

  struct Flush: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a digest now and restart its period.",
      discussion: "Exit status: 1 if it could not be delivered now. It is kept, and the notifier retries it."
    )

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The digest's name. (default: all digests)") var name: String?

    func run() async throws {
      let configuration = try file.load()
      let done = try await App.acting(configuration, print: { Output.log($0) }) { app in
        try await app.operations.perform(FlushDigest(name), by: .atTerminal())
      }
      if done.effects.decisions.isEmpty { Output.line("nothing to send: the digest is empty") }
      if done.effects.hasFailure { throw ExitStatus.badNews }
    }
  }
}
