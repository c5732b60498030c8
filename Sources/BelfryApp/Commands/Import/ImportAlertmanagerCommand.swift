// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryImport
internal import BelfryTransport
internal import Foundation

/// `belfry import alertmanager`.
struct ImportAlertmanagerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alertmanager",
    abstract: "Convert an alertmanager.yml into a channels.json.",
    discussion: """
      Writes three new files: channels.json; belfry.env, with the variables that channels.json uses; and import-report.txt, \
      with everything that is not carried over or behaves differently, each with its line and what to do. With --silences, \
      there is a fourth file, silences.sh, whose commands add the silences.
      Exit status: 1 if something is not carried over, 2 if nothing was written.
      """
  )

  @Argument(help: "The alertmanager.yml, or the alertmanager.yaml.gz of the Prometheus operator.") var file: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The folder for the new files.", valueName: "folder"))
  var output = "."
  @Flag(help: "Write the secrets of the file into belfry.env; otherwise its variables are empty.")
  var withSecrets = false
  @Option(
    help: ArgumentHelp(
      "Also write the active silences of the Alertmanager at this URL, into silences.sh.",
      valueName: "url"
    )
  )
  var silences: String?
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let summary = try convert(try await importedSilences())
    Output.answer(summary.text, json: json) { summary.encode(into: &$0) }
    if !summary.isComplete { throw ExitStatus.badNews }
  }

  /// Reads the file and writes the three new ones.
  func convert(_ silences: ImportedSilences? = nil) throws -> ImportSummary {
    do {
      let imported = try AlertmanagerImporter.read(try ImportFiles.text(of: file), files: templateFiles)
      let summary = ImportSummary(imported, silences, file: file, folder: output)
      try ImportFiles.write(imported, silences, summary, withSecrets: withSecrets, into: output)
      return summary
    } catch let problem as YAMLProblem {
      throw CommandFailure("\(file):\(problem.line): \(problem.text)")
    }
  }

  /// The texts of the template files that match a pattern, relative to the imported file.
  private func templateFiles(_ pattern: String) -> [String] {
    let folder = URL(filePath: file).deletingLastPathComponent()
    let path = pattern.hasPrefix("/") ? pattern : folder.appending(path: pattern).path
    return ReferencedFiles.disk.list(path).compactMap { file in
      guard case .success(let bytes) = ReferencedFiles.disk.read(file) else {
        Output.errorText("warning: the template file \(file) cannot be read.")
        return nil
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// The silences of the Alertmanager, if they are asked for.
  func importedSilences() async throws -> ImportedSilences? {
    guard let silences else { return nil }
    guard let address = WebAddress(silences) else {
      throw CommandFailure("--silences: \(silences) is not an http or https URL without a user name.")
    }
    let limits = ExchangeLimits(total: .seconds(30), replyBytes: ImportedSilences.maximumBytes)
    let exchange = HTTPExchange(method: "GET", to: address, path: "/api/v2/silences", limits: limits)
    switch await SystemTransport(userAgent: "belfry/\(Version.text)").send(.http(exchange)) {
    case .http(let reply):
      guard reply.status == 200, let found = ImportedSilences(json: reply.body) else {
        throw CommandFailure("\(silences) answers HTTP \(reply.status), but not with a list of silences.")
      }
      return found
    case .failed(let failure): throw CommandFailure("The silences of \(silences) cannot be read: \(failure.message)")
    case .mail, .appended, .process: throw CommandFailure("The silences of \(silences) cannot be read.")
    }
  }
}
