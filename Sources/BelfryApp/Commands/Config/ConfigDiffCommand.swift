// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryLedger
internal import BelfryTransport
internal import Foundation

/// `belfry config diff`.
struct ConfigDiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show the differences between two versions, or between a version and the file.",
    discussion: "Exit status: 1 if they differ."
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The number of the older version.") var old: Int
  @Argument(help: "The number of the newer version. (default: the current file)") var new: Int?

  func run() async throws {
    let versions = try await ConfigCommand.versions(file)
    let first = try ConfigCommand.version(old, among: versions)
    let second = try new.map { try ConfigCommand.version($0, among: versions) }
    let text = try second?.text ?? String(contentsOf: URL(filePath: file.absolutePath), encoding: .utf8)
    let difference = LineDifference(from: first.text, to: text)
    let shown = difference.text(from: "version \(old)", to: second.map { "version \($0.number)" } ?? file.shownPath)
    guard !shown.isEmpty else { return Output.line("no difference") }
    Output.text(shown)
    throw ExitStatus.badNews
  }
}

/// `belfry config rollback`.
struct ConfigRollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Restore an earlier version of channels.json.",
    discussion: """
      The version is checked first and written only if it is valid. A running notifier reloads it automatically. The current \
      content of the file is lost unless it was in force, so run `belfry config diff` first.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Argument(help: "The number of the version.") var number: Int

  func run() async throws {
    let version = try ConfigCommand.version(number, among: try await ConfigCommand.versions(file))
    let (configuration, findings) = file.read(Array(version.text.utf8))
    for finding in findings { Output.error(PrintedText(finding.text)) }
    guard configuration != nil else {
      throw CommandFailure("Version \(number) is no longer valid, so \(file.shownPath) was not changed.")
    }
    // Replaces the file behind a link, as a whole, so that nobody reads half of it.
    let url = URL(filePath: file.absolutePath).resolvingSymlinksInPath()
    let rights = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
    let place = ConfinedPath(root: url.deletingLastPathComponent().path, relative: url.lastPathComponent)
    // With its permissions from the start: it may contain secrets.
    let failure = await Disk().write(Array(version.text.utf8), to: place, permissions: UInt16(rights ?? 0o600))
    if let failure { throw CommandFailure("\(file.shownPath) cannot be written: \(failure.message)") }
    Output.line("\(file.shownPath) is version \(number) again; a running notifier reloads it within seconds")
  }
}
