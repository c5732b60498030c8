// SPDX-License-Identifier: Apache-2.0
import Foundation
import PackagePlugin

/// `swift package new-channel NAME`: runs ChannelScaffold, which writes the files and prints the next steps.
@main
struct NewChannel: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) throws {
    let process = Process()
    process.executableURL = try context.tool(named: "ChannelScaffold").url
    process.arguments = ["--package", context.package.directoryURL.path] + arguments
    try process.run()
    process.waitUntilExit()
    if process.terminationReason != .exit || process.terminationStatus != 0 {
      Diagnostics.error("no channel was written.")
    }
  }
}
