// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport

/// `belfry status`: how everything stands.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how the alerts stand, what is silenced, how sources and channels are, and what is next.",
    discussion: """
      Exit status: 1 when there are dead letters or lost alerts, when a channel fails, when a source cannot be read, or when nobody looks at \
      the sources because `belfry run` does not run.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    let existing = try await App.openExisting(configuration)
    if existing == nil, !json { Output.line(App.noLedger(configuration)) }
    let ledger = existing ?? MemoryLedger(now: { SystemTime().now() })
    let report = try await StatusReport.read(ledger, configuration)
    try await ledger.close()
    let now = SystemTime().now()
    Output.line(json ? report.json(at: now) : report.lines(TimeText(now: now)).joined(separator: "\n"))
    if report.isBadNews(at: now) { throw ExitStatus.badNews }
  }
}
