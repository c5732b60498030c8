// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `belfry silence`: adds, ends and lists silences.
struct SilenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "silence",
    abstract: "Add, list and end silences.",
    discussion: "A silence takes effect immediately, including in a running notifier.",
    subcommands: [SilenceAddCommand.self, SilenceListCommand.self, SilenceEndCommand.self]
  )
}
