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
    try register()
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

    It posts each notice as JSON to the URL in its settings. docs/writing-a-channel.md says how to make it yours.
    """
  }

  private var registration: String {
    isRegistered
      ? "and the name in the list `channels` at the top of Package.swift."
      : """
      In Package.swift, declare the target \(name.module) with path: "Sources/Channels/\(name.text)" and the product Belfry of
      the package belfry, and a program with the product BelfryApp:
        await BelfryApp.main(channels: [\(name.type).self] + .builtIn)
      """
  }

  private var manifest: URL { package.appending(path: "Package.swift") }

  /// Whether the manifest lists the channel.
  private var isRegistered: Bool {
    let text = try? String(contentsOf: manifest, encoding: .utf8)
    return text.map { Scaffold.list(in: $0)?.names.contains(name.text) == true } ?? false
  }

  /// Adds the name to the list `channels` of the manifest, in its order; a package that has no such list stays as it is.
  private func register() throws {
    guard let text = try? String(contentsOf: manifest, encoding: .utf8), let list = Scaffold.list(in: text),
      !list.names.contains(name.text)
    else { return }
    let names = (list.names + [name.text]).sorted { $0.lowercased() < $1.lowercased() }
    let lines = names.map { "  \"\($0)\",\n" }.joined()
    try text.replacingCharacters(in: list.range, with: lines).write(to: manifest, atomically: true, encoding: .utf8)
  }

  /// The names in the list `channels` of a manifest, and the lines that hold them; nil if there is no such list.
  private static func list(in manifest: String) -> (range: Range<String.Index>, names: [String])? {
    guard let start = manifest.range(of: "let channels = [\n"),
      let end = manifest.range(of: "]", range: start.upperBound..<manifest.endIndex)
    else { return nil }
    let range = start.upperBound..<end.lowerBound
    let names = manifest[range].split(separator: "\n").map { line in
      line.trimmingCharacters(in: CharacterSet(charactersIn: " \","))
    }
    return (range, names.filter { !$0.isEmpty })
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
