// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry status`: the state of everything.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how the alerts stand, what is silenced, how sources and channels are, and what is next.",
    discussion: """
      Exit status: 1 when there are dead letters or lost alerts, when a channel fails, when a source or the audit log \
      cannot be read, when nobody looks at the sources because `belfry run` does not run, or when the server's certificate \
      has to be seen to.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Show it again every two seconds, until stopped.") var watch = false

  func run() async throws {
    let configuration = try await file.loadOrLast()
    guard watch else {
      let shown = try await show(configuration)
      Output.text(shown.text, isJSON: json)
      if shown.isBadNews { throw ExitStatus.badNews }
      return
    }
    while true {
      // A terminal is cleared; other outputs get one report after another.
      let text = try await show(configuration).text
      if Output.isTerminal { Output.clear() }
      Output.text(text, isJSON: json)
      try await SystemTime().sleep(for: .seconds(2))
    }
  }

  private func show(_ configuration: Configuration) async throws -> (text: String, isBadNews: Bool) {
    let existing = try await App.openExisting(configuration)
    let ledger = existing ?? MemoryLedger(now: { SystemTime().now() })
    let report = try await StatusReport.read(ledger, configuration)
    try await ledger.close()
    let now = SystemTime().now()
    let lines = (existing == nil ? [App.noLedger(configuration)] : []) + report.lines(TimeText(now: now))
    return (json ? report.json(at: now) : lines.printedLines, report.isBadNews(at: now))
  }
}
