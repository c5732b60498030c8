// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import BelfryTransport
internal import Foundation

/// `belfry explain`: what would happen to an alert, without sending anything.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show where an alert would go, and why.",
    discussion: """
      Describe the alert, or name one that Belfry knows with --alert. What you leave out is taken from the labels as for a \
      pushed alert: severity from the label severity, else it is a warning; category from category, else from alertname.
      Exit status: 1 if no route matches it, or the alert of --alert is unknown.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: ArgumentHelp("An alert that Belfry knows: its id, or source/id.", valueName: "id")) var alert: String?
  @Option(help: "critical, warning, info, or another word. (default: from the labels)") var severity: String?
  @Option(help: "The alert's category. (default: from the labels)") var category: String?
  @Option(name: .customLong("label"), help: ArgumentHelp("A label, k=v; may be repeated.", valueName: "k=v"))
  var labels: [LabelArgument] = []
  @Option(help: "The alert's source. (default: cli)") var source: String?
  @Option(help: "The time: \"sat 03:00\", 03:00, 2026-11-28T03:00 (local time) or 2026-11-28T03:00:00Z. (default: now)")
  var at: String?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if alert == nil {
      guard !description.isEmpty else {
        throw ValidationError("Describe the alert with --severity, --category or --label, or name one with --alert.")
      }
    } else if !description.isEmpty || source != nil {
      throw ValidationError("--alert names a known alert. Remove --severity, --category, --label and --source.")
    }
  }

  func run() async throws {
    let configuration = try file.load()
    let now = SystemTime().now()
    let moment = try moment(at: now, in: TimeText.localZone)
    let report = try await explain(configuration, at: moment, now: now)
    Output.answer(report.text(TimeText(now: now), configuration.notes), json: json) { report.encode(into: &$0) }
    if !report.explanation.isRouted { throw ExitStatus.badNews }
  }

  /// The alert that the options describe.
  var description: AlertDescription {
    AlertDescription(
      severity: severity,
      category: category,
      source: source.map { SourceName($0) } ?? .command,
      labels: labels.map { Labels.Label(name: $0.name, value: $0.value) }
    )
  }

  /// The time that is asked about; nil for now.
  func moment(at now: Instant, in zone: TimeZone) throws -> Instant? {
    guard let at else { return nil }
    guard let moment = Instant(typed: at, at: now, in: zone) else {
      throw CommandFailure("Cannot read --at \"\(at)\" as a time. \(Instant.typedForms)")
    }
    guard moment >= now else {
      throw CommandFailure(
        """
        --at \(TimeText(now: now, zone: zone).full(moment)) is in the past. `belfry why` shows what was decided then.
        """
      )
    }
    return moment
  }

  /// Includes the silences in force, if the state is readable from outside the notifier.
  private func explain(_ configuration: Configuration, at moment: Instant?, now: Instant) async throws -> ExplainReport
  {
    if let alert {
      try App.requireLedger(configuration)
      return try await App.asking(configuration) { ledger in
        try await .read(.typed(alert), from: ledger, configuration, at: moment, now: now)
      }
    }
    guard case .file(let path) = configuration.state, FileManager.default.fileExists(atPath: path) else {
      return try await .read(description, from: nil, configuration, at: moment, now: now)
    }
    return try await App.asking(configuration) { ledger in
      try await .read(description, from: ledger, configuration, at: moment, now: now)
    }
  }
}
