// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `belfry channels`: the kinds of channel in this program, with their settings.
struct ChannelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "channels",
    abstract: "List channel kinds and their settings."
  )

  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let list = LinkedKinds.channels.list
    Output.text(json ? list.json : list.text, isJSON: json)
  }
}
