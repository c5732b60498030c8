// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// The steps that CONTRIBUTING and docs/writing-a-channel.md describe to an author, done from the first command to the
/// last in a copy of this package.
@Suite("Adding a channel", .systemTest)
struct NewChannelTests {
  @Test("takes one command and one line: its tests pass, and the program knows the kind", .endsIfItHangs)
  func newChannel() async throws {
    let copy = try await PackageCopy()
    let command = ["package", "--allow-writing-to-package-directory", "new-channel", "Pager"]

    let scaffolded = try await copy.swift(command)
    #expect(scaffolded.status == 0, "\(scaffolded.output)")
    #expect(try copy.text("Package.swift").contains("  \"Pager\",\n"))
    #expect(try await copy.swift(command).status != 0, "a second run must not write over the first")

    let tested = try await copy.swift(["test", "--disable-xctest", "--filter", "BelfryPagerTests"])
    try #require(tested.status == 0, "\(tested.output)")
    #expect(tested.output.contains("✔ Suite \"The pager channel\" passed"))

    let channels = try await copy.run(".build/debug/belfry", ["channels"])
    #expect(channels.status == 0)
    #expect(channels.output.contains("pager"), "\(channels.output)")

    let page = try #require(DocsPage.all.first { $0.path == "docs/writing-a-channel.md" })
    let fragment = try #require(page.examples.first { $0.form == "json fragment new-channel" })
    try copy.edit("channels.json") { _ in #"{ \#(fragment.text), "routes": [{ "to": "oncall" }] }"# }
    let checked = try await copy.run("/usr/bin/env", ["PAGER_TOKEN=t0p", ".build/debug/belfry", "check"])
    #expect(checked.status == 0, "\(checked.output)")

    let folders = ["Sources/Channels/Pager", "Tests/BelfryPagerTests"]
    let formatted = try await copy.swift(["format", "lint", "--strict", "--recursive"] + folders)
    #expect(formatted.status == 0, "\(formatted.output)")
    let imports = try await copy.run("scripts/check-imports", [])
    #expect(imports.status == 0, "\(imports.output)")

    try copy.edit("Sources/Channels/Pager/PagerChannel.swift") {
      $0.replacing("struct PagerChannel", with: "struct BeeperChannel")
    }
    let misnamed = try await copy.swift(["build", "--product", "belfry"])
    #expect(misnamed.status != 0)
    #expect(misnamed.output.contains("no Swift file here declares `PagerChannel`"), "\(misnamed.output)")
  }
}
