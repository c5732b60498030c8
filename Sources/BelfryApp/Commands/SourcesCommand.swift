// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `belfry sources`: the kinds of source in this program, with their settings.
struct SourcesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sources",
    abstract: "List source kinds and their settings."
  )

  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let list = LinkedKinds.sources.list
    Output.text(json ? list.json : list.text, isJSON: json)
  }
}
