// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryLedger

/// `belfry config`: the versions of `channels.json` that were in force.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "List, compare and roll back versions of channels.json.",
    subcommands: [ConfigLogCommand.self, ConfigShowCommand.self, ConfigDiffCommand.self, ConfigRollbackCommand.self],
    defaultSubcommand: ConfigLogCommand.self
  )

  /// All versions, latest first.
  static func versions(_ file: ConfigurationOption, limit: Int = .max) async throws -> [ConfigurationVersion] {
    let configuration = try await file.loadOrLast()
    guard let ledger = try await App.openExisting(configuration) else {
      throw CommandFailure(PrintedText(App.noLedger(configuration)))
    }
    let versions = try await ledger.configurations(limit: limit)
    try await ledger.close()
    return versions
  }

  static func version(_ number: Int, among versions: [ConfigurationVersion]) throws -> ConfigurationVersion {
    guard let version = versions.first(where: { $0.number == number }) else {
      throw CommandFailure("There is no version \(number). `belfry config log` lists the versions.")
    }
    return version
  }
}
