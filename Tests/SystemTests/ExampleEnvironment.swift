// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation

/// A folder for trying the documentation's examples: at first with the demo, and with servers that replace those named
/// in the examples.
struct ExampleEnvironment {
  let folder: BelfryFolder
  /// The address in the documentation's examples.
  static let port = "127.0.0.1:9093"

  private let slack: LoopbackSlack
  private let mail: LoopbackSMTPServer
  private let variables = [
    "SLACK_BOT_TOKEN": "xoxb-1", "SMTP_PASSWORD": "s3cret", "AM_SMTP_AUTH_PASSWORD": "s3cret",
    "AM_SLACK_API_URL": "https://hooks.slack.com/services/T0123/B0123/secret",
  ]

  init() throws {
    folder = try BelfryFolder()
    for path in ["channels.json", "docs/examples/alerts.json"] {
      let text = try String(contentsOf: DocsPage.root.appending(path: path), encoding: .utf8)
      // Tests run in parallel: each uses a free port.
      try folder.write(text.replacing(ExampleEnvironment.port, with: "127.0.0.1:0"), to: path)
    }
    slack = try LoopbackSlack(token: "xoxb-1")
    var script = LoopbackSMTPServer.Script()
    script.users = ["belfry": "s3cret"]
    mail = try LoopbackSMTPServer(script)
  }

  /// Writes an example's `channels.json`, with the replacement servers.
  func configure(_ example: String) throws {
    let text =
      example
      .replacing(ExampleEnvironment.port, with: "127.0.0.1:0")
      .replacing(#""kind": "slack-dm""#, with: #""kind": "slack-dm", "api": "\#(slack.api)""#)
      .replacing(
        /"server": "smtps?:\/\/mail.example.com(:587)?"/,
        with: #""server": "smtp://127.0.0.1:\#(mail.port)", "security": "none""#
      )
    try folder.write(text, to: "channels.json")
  }

  /// Runs `belfry` with these arguments to its end; `belfry run` until it has printed `line` often enough.
  func run(
    _ arguments: [String],
    until text: String = "cycle: ",
    number: Int = 1
  ) async throws -> BelfryProcess.Result {
    guard arguments == ["run"] else {
      return try await BelfryProcess.run(arguments, in: folder.url, environment: variables)
    }
    let belfry = try BelfryProcess(arguments: arguments, in: folder.url, environment: variables)
    try await belfry.line(containing: text, number: number)
    belfry.interrupt()
    let status = try await belfry.exit()
    return BelfryProcess.Result(status: status, answer: belfry.answer, output: belfry.output)
  }
}
