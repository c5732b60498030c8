// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry why`: what happened to an alert, why, and what happens next.
struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Show what happened to an alert, why, and what happens next.",
    discussion: """
      The first lines show its status. Below are all decisions about it, each with its rule and line in channels.json, \
      all delivery attempts, and what happens next.
      Exit status: 1 if the alert is unknown, nobody could be notified, or part of its record in the ledger cannot be \
      read.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The alert's id, or source/id.") var alert: String
  @Option(help: "How many of the latest decisions to show.") var last = 20
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (1...1_000_000).contains(last) else { throw ValidationError("--last must be 1 or more.") }
  }

  func run() async throws {
    let configuration = try await file.loadOrLast()
    guard let ledger = try await App.openExisting(configuration) else {
      let report = WhyReport(unknown: alert)
      Output.answer(App.noLedger(configuration), json: json) { report.encode(into: &$0, at: SystemTime().now()) }
      throw ExitStatus.badNews
    }
    let report = try await WhyReport.read(alert, from: ledger, configuration, last: last)
    try await ledger.close()
    let now = SystemTime().now()
    Output.answer(report.text(TimeText(now: now), configuration.notes), json: json) {
      report.encode(into: &$0, at: now)
    }
    if report.isBadNews { throw ExitStatus.badNews }
  }
}
