// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

@Suite("An acknowledgement link", .systemTest, .endsIfItHangs)
struct AcknowledgeLinkTests {
  private static let alert =
    #"[{"labels":{"alertname":"Disk","severity":"critical"},"annotations":{"summary":"The disk is full"}}]"#

  private func curl(_ arguments: String..., in folder: BelfryFolder) async throws -> String {
    try await Tool.output(["curl", "-sS", "-w", "\n%{http_code}"] + arguments, in: folder.url)
  }

  @Test("acknowledges when its button is pressed, after a restart too, and not before")
  func link() async throws {
    let port = try ServerProcess.freePorts(1)[0]
    let url = "http://127.0.0.1:\(port)"
    let folder = try BelfryFolder([
      "channels.json": """
      { "channels": { "out": { "kind": "file", "path": "out.jsonl" } }, "routes": [{ "to": "out", "repeat": "4h" }],
        "server": { "listen": "127.0.0.1:\(port)", "url": "\(url)" } }
      """
    ])
    var belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on")
    let pushed = try await curl(
      "-H",
      "Content-Type: application/json",
      "-d",
      Self.alert,
      "\(url)/api/v2/alerts",
      in: folder
    )
    #expect(pushed.hasSuffix("\n200"))
    try await belfry.line(containing: "sent out")
    belfry.terminate()
    #expect(try await belfry.exit() == 0)

    let line = String(decoding: folder.bytes(of: "out.jsonl"), as: UTF8.self)
    let link = try #require(line.firstMatch(of: /"acknowledge_url":"([^"]+)"/).map { String($0.1) })
    #expect(link.hasPrefix("\(url)/ack/"))

    belfry = try folder.start("run")
    try await belfry.line(containing: "server: listening on")
    let page = try await curl(link, in: folder)
    #expect(page.contains("The disk is full") && page.contains("<button") && page.hasSuffix("\n200"))
    #expect(!(try await folder.run("why", "push/Disk").output.contains("acknowledged by")))
    let forged = try await curl("-X", "POST", String(link.dropLast()), in: folder)
    #expect(forged.hasSuffix("\n404"))
    // Like a browser: the form, and then its target.
    let pressed = try await curl("-L", "--data", "", "-H", "Origin: null", link, in: folder)
    #expect(pressed.contains("via the link sent to “out”") && pressed.hasSuffix("\n200"))
    let status = try await folder.run("status", "--json")
    #expect(!status.output.contains(link))
    let audit = try await folder.run("audit", "--json")
    #expect(audit.answer.contains("the link sent to out"), "\(audit)")
    #expect(!belfry.output.contains(link))
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
  }
}
