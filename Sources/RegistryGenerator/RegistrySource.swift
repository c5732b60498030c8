// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The Swift source of the registry: one `register` line per channel target.
struct RegistrySource {
  /// The target that links the channels.
  let program: String
  let channels: [ChannelTarget]

  init(program: String, channels: [ChannelTarget]) throws(Complaint) {
    self.program = program
    self.channels = channels.sorted { ($0.typeName, $0.module) < ($1.typeName, $1.module) }
    for (one, other) in zip(self.channels, self.channels.dropFirst()) where one.typeName == other.typeName {
      throw Complaint(
        "\(other.folder.path): error: \(one.module) and \(other.module) both declare `\(one.typeName)`, and a program "
          + "can register only one of them. Remove one from the dependencies of \(program), or rename its folder and type."
      )
    }
  }

  var text: String {
    """
    // Written at build time by the ChannelRegistry plugin, from the channel targets that \(program) depends on.
    // To add a channel, add its target to those dependencies; this file follows.
    \(imports.map { "import \($0)" }.joined(separator: "\n"))

    extension ChannelRegistry {
      /// The channel kinds linked into this program.
      static func linked() -> ChannelRegistry {
    \(body.map { "    \($0)" }.joined(separator: "\n"))
      }
    }

    """
  }

  private var imports: [String] { ["Belfry"] + channels.map(\.module).sorted() }

  private var body: [String] {
    guard !channels.isEmpty else { return ["ChannelRegistry()"] }
    return ["var registry = ChannelRegistry()"]
      + channels.map { "registry.register(\($0.typeName).self)" }
      + ["return registry"]
  }
}
