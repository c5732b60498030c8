// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `belfry silence`: adds, ends and lists silences.
struct SilenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "silence",
    abstract: "Hear nothing, for some time, of the alerts that match; end that; list what is silenced.",
    discussion: "A silence holds at once, also in a running notifier.",
    subcommands: [SilenceAddCommand.self, SilenceListCommand.self, SilenceEndCommand.self]
  )
}
