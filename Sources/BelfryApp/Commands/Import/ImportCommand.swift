// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `belfry import`.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Convert the configuration of another program into a channels.json.",
    subcommands: [ImportAlertmanagerCommand.self, ImportGrafanaCommand.self]
  )
}
