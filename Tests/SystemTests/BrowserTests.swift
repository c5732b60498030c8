// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// The cockpit of the built program in a real browser, Chromium, controlled by Playwright.
///
/// Screenshots are stored in the folder that `BELFRY_SCREENSHOTS` names, otherwise in `.build/screenshots`.
@Suite("The cockpit in a browser", .systemTest, .serialized, .endsIfItHangs)
struct BrowserTests {
  @Test("shows what is pushed without a reload, acts, works on a phone, in the dark, and without a script")
  func cockpit() async throws {
    try await drive(BrowserScripts.cockpit, server: "")
  }

  @Test("asks for a token once, gives read-only callers no buttons, and signs out")
  func tokens() async throws {
    let tokens = """
      , "tokens": [{ "name": "ann", "secret": "${ANN}", "scopes": ["read", "push", "operate"] },
        { "name": "screen", "secret": "${SCREEN}", "scopes": "read" }]
      """
    let secrets = ["ANN": "ann-0123456789abcdef", "SCREEN": "screen-0123456789abcdef"]
    try await drive(BrowserScripts.tokens, server: tokens, secrets)
  }

  /// Runs a script in a browser beside a Belfry with one failing and one working channel.
  private func drive(_ script: String, server: String, _ environment: [String: String] = [:]) async throws {
    let python = try await Self.python()
    let slack = try LoopbackSlack(token: Self.token)
    slack.trouble(.error("channel_not_found"))
    let port = try ServerProcess.freePorts(1)[0]
    let folder = try BelfryFolder(["channels.json": Self.channels(port, slack.api, server)])
    let all = environment.merging(["SLACK_BOT_TOKEN": Self.token]) { $1 }
    let belfry = try folder.start("run", environment: all)
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port)")
    let screenshots = Self.screenshots
    try FileManager.default.createDirectory(at: screenshots, withIntermediateDirectories: true)
    let command = [
      python, "-c", BrowserScripts.common + script, "http://127.0.0.1:\(port)", screenshots.path,
      folder.url.appending(path: "var/belfry.db").path,
    ]
    #expect(try await Tool.output(command, in: folder.url) == "all is well\n")
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  private static var screenshots: URL {
    let named = ProcessInfo.processInfo.environment["BELFRY_SCREENSHOTS"] ?? ""
    return URL(filePath: named.isEmpty ? ".build/screenshots" : named, relativeTo: DocsPage.root).absoluteURL
  }

  private static let token = "xoxb-of-the-browser-tests"

  private static func channels(_ port: Int, _ api: String, _ server: String) -> String {
    """
    {
      "channels": {
        "oncall": { "kind": "slack-dm", "token": "${SLACK_BOT_TOKEN}", "user": "U012ABCDEF", "api": "\(api)",
                    "rate": "unlimited" },
        "journal": { "kind": "file", "path": "var/journal.jsonl" }
      },
      "routes": [{ "match": { "severity": "critical" }, "to": "oncall" }, { "to": "journal" }],
      "cooldown": "0s",
      "state": "var/belfry.db",
      "server": { "listen": "127.0.0.1:\(port)", "url": "http://127.0.0.1:\(port)"\(server) }
    }
    """
  }

  /// A separate Python with Playwright, created when it is first needed.
  private static func python() async throws -> String {
    let folder = DocsPage.root.appending(path: ".build/playwright")
    let python = folder.appending(path: "bin/python3").path
    if FileManager.default.isExecutableFile(atPath: python),
      try await Tool.run([python, "-c", "import playwright"], in: DocsPage.root).status == 0
    {
      return python
    }
    try await Tool.output(["python3", "-m", "venv", "--clear", folder.path], in: DocsPage.root)
    try await Tool.output([python, "-m", "pip", "install", "-q", "playwright"], in: DocsPage.root)
    return python
  }
}
