// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Writes a new channel into a package.
///
/// `swift package new-channel NAME` runs it through the plugin NewChannel, with `--package FOLDER` before the rest.
@main
enum ChannelScaffold {
  static let usage = "usage: swift package --allow-writing-to-package-directory new-channel NAME   (such as Pager)"

  static func main() throws {
    do {
      print(try run(Array(CommandLine.arguments.dropFirst())))
    } catch let refusal as Refusal {
      FileHandle.standardError.write(Data("error: \(refusal.message)\n".utf8))
      exit(2)
    }
  }

  /// Writes the channel.
  ///
  /// - Returns: The text to print on success.
  static func run(_ arguments: [String]) throws -> String {
    var arguments = arguments[...]
    guard arguments.popFirst() == "--package", let package = arguments.popFirst() else {
      throw Refusal("ChannelScaffold is run by the plugin NewChannel.\n\(usage)")
    }
    if arguments.contains("--help") || arguments.contains("-h") { return usage }
    guard arguments.count == 1, let name = arguments.first, !name.hasPrefix("-") else {
      throw Refusal("new-channel takes one name.\n\(usage)")
    }
    let scaffold = Scaffold(package: URL(filePath: package, directoryHint: .isDirectory), name: try ChannelName(name))
    try scaffold.write()
    return scaffold.nextSteps
  }
}
