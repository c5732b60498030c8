// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryTransport

/// `belfry status`: the state of everything.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show alerts, silences, sources, channels, and what happens next.",
    discussion: """
      Exit status: 1 if there are dead letters or lost alerts, a channel is failing, a source or the audit log cannot be \
      read, `belfry run` is not running, or the server's certificate expires soon.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Refresh every two seconds until stopped.") var watch = false

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
    let ledger = if let existing { existing } else { try await Components.open(.memory, .guest, SystemTime()) }
    var report = try await StatusReport.read(ledger, configuration)
    // Nothing is stored yet, and so nothing has a size.
    if existing == nil { report.size = LedgerSize() }
    try await ledger.close()
    let now = SystemTime().now()
    let lines = (existing == nil ? [App.noLedger(configuration)] : []) + report.lines(TimeText(now: now))
    return (json ? report.json(at: now) : lines.printedLines, report.isBadNews(at: now))
  }
}
