// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryTransport
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import Foundation

/// `belfry send`: sends an alert from the command line through the whole policy.
struct SendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send",
    abstract: "Send an alert of your own; routes, cooldowns and digests apply as usual.",
    discussion: """
      The alert stays active until you send it with `--resolved`, or for one day. Without --id, each call is a new alert.
      Exit status: 1 if it could not be delivered now.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "critical, warning, info, or another word.") var severity: String?
  @Option(help: "The title, one line.") var title: String?
  @Option(help: "The details, one or more paragraphs.") var detail = ""
  @Option(help: "The category; alerts with the same category share a cooldown by default.") var category = ""
  @Option(help: "The id; the same id is the same alert.") var id: String?
  @Option(name: .customLong("label"), help: ArgumentHelp("A label, k=v; may be repeated.", valueName: "k=v"))
  var labels: [LabelArgument] = []
  @Option(
    name: .customLong("annotation"),
    help: ArgumentHelp(
      "An annotation, k=v; may be repeated. Annotations are shown, and never routed by.",
      valueName: "k=v"
    )
  )
  var annotations: [LabelArgument] = []
  @Flag(help: "The alert with this --id has resolved.") var resolved = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if resolved {
      guard id != nil else { throw ValidationError("--resolved needs the --id of the alert.") }
    } else {
      guard severity != nil, title != nil else { throw ValidationError("--severity and --title are required.") }
    }
  }

  func run() async throws {
    let configuration = try file.load()
    let lines = Lines()
    let done = try await App.acting(configuration, print: { lines.add($0) }) { app in
      try await app.operations.perform(
        SendAlert(makeAlert(at: app.time.now()), isResolved: resolved),
        by: .atTerminal()
      )
    }
    for finding in done.findings { Output.error("\(finding.level.rawValue): \(finding.message) \(finding.remedy)") }
    Output.answer((done.lines + lines.all).printedLines, json: json) { done.encode(into: &$0) }
    if done.effects.hasFailure { throw ExitStatus.badNews }
  }

  private func makeAlert(at now: Instant) -> Alert {
    Alert(
      source: .command,
      id: id ?? "send-" + UUID().uuidString.lowercased(),
      severity: resolved ? .info : Severity(severity ?? ""),
      category: category,
      title: resolved ? "resolved" : title ?? "",
      detail: detail,
      labels: Labels(labels),
      firstSeen: now.iso8601,
      annotations: Labels(annotations)
    )
  }
}
