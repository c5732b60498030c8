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
    discussion: "Exit status: 1 if no route matches it."
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "critical, warning, info, or another word.") var severity: String
  @Option(help: "The alert's category.") var category = ""
  @Option(name: .customLong("label"), help: ArgumentHelp("A label, k=v; may be repeated.", valueName: "k=v"))
  var labels: [LabelArgument] = []
  @Option(help: "The alert's source.") var source = SourceName.command.name
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let configuration = try file.load()
    let alert = Alert(
      source: SourceName(source),
      id: "explain",
      severity: Severity(severity),
      category: category,
      title: "",
      labels: Labels(labels)
    )
    let explanation = try await explain(alert, configuration)
    Output.answer(explanation.text(configuration.notes), json: json) { explanation.encode(into: &$0) }
    if !explanation.isRouted { throw ExitStatus.badNews }
  }

  /// Includes the silences in force, if the state is readable from outside the notifier.
  private func explain(_ alert: Alert, _ configuration: Configuration) async throws -> Explanation {
    let time = SystemTime()
    guard case .file(let path) = configuration.state, FileManager.default.fileExists(atPath: path) else {
      return try await Explanation.read(alert, from: nil, configuration, at: time.now())
    }
    return try await App.asking(configuration) { ledger in
      try await Explanation.read(alert, from: ledger, configuration, at: time.now())
    }
  }
}
