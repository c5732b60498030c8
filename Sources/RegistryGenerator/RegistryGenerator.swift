// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Writes the list of the channels that a program links.
///
/// The ChannelRegistry plugin runs it during a build.
@main
enum RegistryGenerator {
  static func main() throws {
    do {
      try Invocation(Array(CommandLine.arguments.dropFirst())).run()
    } catch let complaint as Complaint {
      FileHandle.standardError.write(Data((complaint.message + "\n").utf8))
      exit(1)
    }
  }
}
