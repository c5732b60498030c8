// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryImport
internal import Foundation

/// `belfry import grafana`.
struct ImportGrafanaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grafana",
    abstract: "Convert Grafana's contact points and notification policies into a channels.json.",
    discussion: """
      Reads what Grafana exports, in YAML or JSON: contact points, notification policies and mute timings, in one file or \
      several. Writes the same files as `belfry import alertmanager`.
      Exit status: 1 if something is not carried over, 2 if nothing was written.
      """
  )

  @Argument(help: "The exported files.") var files: [String]
  @Option(
    help: ArgumentHelp("The mail server of grafana.ini, for contact points that send mail.", valueName: "host:port")
  )
  var smarthost: String?
  @Option(help: ArgumentHelp("The sender of mails, as in grafana.ini.", valueName: "address")) var from: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("The folder for the new files.", valueName: "folder"))
  var output = "."
  @Flag(help: "Write the secrets of the files into belfry.env; otherwise its variables are empty.")
  var withSecrets = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (smarthost == nil) == (from == nil) else { throw ValidationError("Pass --smarthost and --from together.") }
  }

  func run() async throws {
    let summary = try convert()
    Output.answer(summary.text, json: json) { summary.encode(into: &$0) }
    if !summary.isComplete { throw ExitStatus.badNews }
  }

  /// Reads the files and writes the new ones.
  func convert() throws -> ImportSummary {
    let texts = try files.map(ImportFiles.text)
    let mail = smarthost.flatMap { server in from.map { GrafanaImporter.Mail(server: server, from: $0) } }
    do {
      let imported = try GrafanaImporter.read(texts, mail: mail)
      let summary = ImportSummary(imported, file: files.joined(separator: ", "), folder: output)
      try ImportFiles.write(imported, nil, summary, withSecrets: withSecrets, into: output)
      return summary
    } catch let problem as YAMLProblem {
      throw CommandFailure("\(files.joined(separator: ", ")):\(problem.line): \(problem.text)")
    }
  }
}
