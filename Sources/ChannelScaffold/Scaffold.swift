// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The files of a new channel, written into a package.
struct Scaffold {
  let package: URL
  let name: ChannelName

  struct File: Equatable {
    /// The path relative to the package's folder.
    let path: String
    let text: String
  }

  var files: [File] {
    let source = "Sources/Channels/\(name.text)"
    return [
      File(path: "\(source)/\(name.type).swift", text: name.channelSource),
      File(path: "\(source)/\(name.settings).swift", text: name.settingsSource),
      File(path: "\(source)/\(name.message).swift", text: name.messageSource),
      File(path: "Tests/\(name.testModule)/\(name.type)Tests.swift", text: name.testSource),
      File(path: "docs/channels/\(name.kind).md", text: name.docsPage),
    ]
  }

  /// Writes all files, or none.
  func write() throws {
    try refuseWhatIsTaken()
    for file in files {
      let url = package.appending(path: file.path)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: url, options: .withoutOverwriting)
    }
  }

  /// The instructions printed after the files are written.
  var nextSteps: String {
    """
    Wrote
    \(files.map { "  \($0.path)" }.joined(separator: "\n"))

    \(registration)

    Then see it work:
      swift test --filter \(name.testModule)
      swift run belfry channels

    It posts each notice as JSON to the URL in its settings. docs/writing-a-channel.md tells how to make it yours.
    """
  }

  private var registration: String {
    let manifest = try? String(contentsOf: package.appending(path: "Package.swift"), encoding: .utf8)
    guard manifest?.contains("let channels = [") == true else {
      return """
        In Package.swift, declare the target \(name.module) with path: "Sources/Channels/\(name.text)" and the product Belfry of
        the package belfry, and add it to the dependencies of the executable that uses the plugin ChannelRegistry.
        """
    }
    return """
      One line to add, in the list `channels` at the top of Package.swift:
        "\(name.text)",
      """
  }

  /// Refuses names that are in use.
  ///
  /// Case is ignored: the disk may ignore it too, and names that differ only in case give the same kind.
  private func refuseWhatIsTaken() throws(Refusal) {
    for (folder, entry) in [
      ("Sources/Channels", name.text), ("Sources", name.module), ("Tests", name.module), ("Tests", name.testModule),
      ("docs/channels", "\(name.kind).md"),
    ] {
      if let present = entries(of: folder).first(where: { $0.lowercased() == entry.lowercased() }) {
        throw Refusal("\(folder)/\(present) exists already. Choose another name, or remove it first.")
      }
    }
  }

  private func entries(of folder: String) -> [String] {
    // A missing folder counts as empty.
    let path = package.appending(path: folder).path
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
