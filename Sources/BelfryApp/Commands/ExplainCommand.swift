// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport
internal import Foundation

/// `belfry explain`: what would become of an alert, asked without sending anything.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say which routes an alert would take, what would hold it, and why the others would not take it.",
    discussion: "Exit status: 1 when no route takes it."
  )

  @OptionGroup var file: ConfigurationOption
  @Option(help: "critical, warning, info, or another word.") var severity: String
  @Option(help: "The alert's category.") var category = ""
  @Option(name: .customLong("label"), help: ArgumentHelp("A label, k=v; may be repeated.", valueName: "k=v"))
  var labels: [LabelArgument] = []
  @Option(help: "The source that holds it.") var source = SourceName.command.name
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
    Output.text(
      json ? ExplainCommand.encode(explanation) : ExplainCommand.text(explanation, configuration.notes),
      isJSON: json
    )
    if !explanation.isTold { throw ExitStatus.badNews }
  }

  /// With the silences that are in force, as far as the state is where others can see it.
  private func explain(_ alert: Alert, _ configuration: Configuration) async throws -> Explanation {
    let time = SystemTime()
    let policy = Policy(rules: configuration.rules)
    guard case .file(let path) = configuration.state, FileManager.default.fileExists(atPath: path) else {
      return policy.explain(alert, at: time.now())
    }
    let ledger = try await Ground.open(configuration.state, .guest, time)
    let silences = try await ledger.silences(includingOver: false)
    try await ledger.close()
    return policy.explain(alert, silences: silences, at: time.now())
  }

  /// With the notes that stand beside what would hold it, besides those of the routes.
  static func text(_ explanation: Explanation, _ notes: RuleNotes) -> String {
    var lines: [String] = []
    for step in explanation.steps {
      let note = step.note.isEmpty ? "" : "  “\(step.note)”"
      lines.append("\(step.isTaken ? "✓" : "·") \(step.rule): \(step.text)\(note)")
      lines += step.throttles.map { throttle in
        // What has no note of its own is a part of the route, whose note stands above.
        let note = throttle.rule.flatMap { $0 == step.rule ? nil : notes[$0.path] }
        return "    \(throttle)" + (note.map { "  “\($0)”" } ?? "")
      }
    }
    lines.append(explanation.outcome)
    return lines.printedLines
  }

  static func encode(_ explanation: Explanation) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("routes")
      writer.array(explanation.steps) { writer, step in
        writer.object {
          $0.member("route", step.rule.path)
          $0.member("line", step.rule.line)
          $0.member("taken", step.isTaken)
          $0.member("because", step.text)
          $0.member("channels", step.channels.map(\.name))
          $0.member("throttles", step.throttles.map(\.description))
          $0.member("note", step.note)
        }
      }
      writer.member("outcome", explanation.outcome)
    }
    return writer.text
  }
}
