// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryConfiguration
internal import BelfryPolicy

/// `belfry channels`: the kinds of channel in this program, with their settings.
struct ChannelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "channels",
    abstract: "List channel kinds and their settings."
  )

  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let kinds = LinkedKinds.channels.kinds
    Output.text(json ? encode(kinds) : kinds.map(text).joined(separator: "\n\n"), isJSON: json)
  }

  private func text(_ entry: ChannelRegistry.Entry) -> String {
    let settings = entry.settings + common
    let width = settings.map(\.name.count).max() ?? 0
    let rows = settings.map { setting in
      let name = setting.name + String(repeating: " ", count: width - setting.name.count)
      let state = setting.isRequired ? "required" : "default \(setting.defaultText)"
      return "  \(name)  \(setting.note) (\(setting.shape.text); \(state))"
    }
    return ([entry.kind.name] + rows).joined(separator: "\n")
  }

  private var common: [FieldSummary] { CommonSettings.fields.map(\.summary).filter { $0.name != "kind" } }

  private func encode(_ kinds: [ChannelRegistry.Entry]) -> String {
    var writer = JSONWriter()
    writer.array(kinds) { writer, entry in
      writer.object { writer in
        writer.member("kind", entry.kind.name)
        writer.key("settings")
        writer.array(entry.settings + common) { writer, setting in
          writer.object {
            $0.member("name", setting.name)
            $0.member("required", setting.isRequired)
            $0.member("type", setting.shape.text)
            if !setting.isRequired { $0.member("default", setting.defaultText) }
            $0.member("note", setting.note)
          }
        }
      }
    }
    return writer.text
  }
}
