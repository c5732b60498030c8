// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The Swift source of the registry: a list with one line for each channel target.
struct RegistrySource {
  /// The target that links the channels.
  let program: String
  let channels: [ChannelTarget]
  /// Whether other packages can use the list.
  let isPublic: Bool

  init(program: String, channels: [ChannelTarget], isPublic: Bool = true) throws(Complaint) {
    self.program = program
    self.isPublic = isPublic
    self.channels = channels.sorted { ($0.typeName, $0.module) < ($1.typeName, $1.module) }
    for (one, other) in zip(self.channels, self.channels.dropFirst()) where one.typeName == other.typeName {
      throw Complaint(
        "\(other.folder.path): error: \(one.module) and \(other.module) both declare `\(one.typeName)`, and a program "
          + "can register only one of them. Remove one from the dependencies of \(program), or rename its folder and type."
      )
    }
  }

  var text: String {
    let access = isPublic ? "public" : "internal"
    return """
      // Written at build time by the ChannelRegistry plugin, from the channel targets that \(program) depends on.
      // To add a channel, add its target to those dependencies; this file follows.
      \(access) import Belfry
      \(channels.map { "internal import \($0.module)" }.sorted().joined(separator: "\n"))

      extension [any NotificationChannel.Type] {
        /// The channel kinds that Belfry comes with.
        \(access) static var builtIn: [any NotificationChannel.Type] {
          [
      \(channels.map { "      \($0.typeName).self," }.joined(separator: "\n"))
          ]
        }
      }

      """
  }
}
