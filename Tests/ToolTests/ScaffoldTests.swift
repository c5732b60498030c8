// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

@testable import ChannelScaffold

@Suite("The channel scaffold")
struct ScaffoldTests {
  private static let manifest = "let channels = [\n  \"File\",\n]\n"

  @Test("writes the source, the test and the docs page, and lists the channel in the manifest")
  func writes() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.manifest, to: "Package.swift")
    let said = try run(folder.url, "SlackDM")
    for path in [
      "Sources/Channels/SlackDM/SlackDMChannel.swift", "Sources/Channels/SlackDM/SlackDMSettings.swift",
      "Sources/Channels/SlackDM/SlackDMMessage.swift", "Tests/BelfrySlackDMTests/SlackDMChannelTests.swift",
      "docs/channels/slack-dm.md",
    ] {
      #expect(try !folder.text(path).isEmpty)
      #expect(said.contains(path))
    }
    #expect(said.contains("and the name in the list `channels` at the top of Package.swift."))
    #expect(
      try folder.text("Sources/Channels/SlackDM/SlackDMChannel.swift").contains(#"kind: ChannelKind = "slack-dm""#)
    )
    #expect(try folder.text("Package.swift") == "let channels = [\n  \"File\",\n  \"SlackDM\",\n]\n")
    _ = try run(folder.url, "Exec")
    #expect(try folder.text("Package.swift") == "let channels = [\n  \"Exec\",\n  \"File\",\n  \"SlackDM\",\n]\n")
  }

  @Test("asks for a target declaration in a package without a list of channels")
  func otherPackage() throws {
    let folder = try TemporaryFolder()
    try folder.write("let package = Package(name: \"mine\")\n", to: "Package.swift")
    #expect(try run(folder.url, "Pager").contains("declare the target BelfryPager"))
  }

  @Test(
    "refuses names in use, in any case, and then writes nothing",
    arguments: [
      "Sources/Channels/Pager/x", "Sources/Channels/PAGER/x", "Sources/BelfryPager/x", "Tests/BelfryPagerTests/x",
      "docs/channels/pager.md",
    ]
  )
  func taken(path: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: path)
    let refusal = #expect(throws: Refusal.self) { try run(folder.url, "Pager") }
    #expect(refusal?.message.contains("exists already") == true)
    #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.url.path).count { $0.hasSuffix(".swift") } == 0)
    #expect(try folder.text(path) == "mine")
  }

  @Test("explains its use if the arguments are not one name", arguments: [[], ["A", "B"], ["--kind"]])
  func usage(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let refusal = #expect(throws: Refusal.self) {
      try ChannelScaffold.run(["--package", folder.url.path] + arguments)
    }
    #expect(refusal?.message.contains(ChannelScaffold.usage) == true)
  }

  @Test("writes lines of at most 120 characters, whatever the name")
  func lineLength() throws {
    let name = try ChannelName("Abcdefghijklmnopqrstuvwxyz1234")
    for file in Scaffold(package: URL(filePath: "/nowhere"), name: name).files where file.path.hasSuffix(".swift") {
      for line in file.text.split(separator: "\n") { #expect(line.count <= 120) }
    }
  }

  @discardableResult
  private func run(_ package: URL, _ name: String) throws -> String {
    try ChannelScaffold.run(["--package", package.path, name])
  }
}
