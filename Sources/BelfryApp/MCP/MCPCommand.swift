// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import BelfryServer

/// `belfry mcp`: the tools on standard input and output.
struct MCPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp",
    abstract: "Serve Belfry's tools to an MCP client over standard input and output.",
    discussion: """
      The client starts and stops it. It uses the same ledger as `belfry run`. Changes are audited under the name of the user who \
      runs it.
      """
  )

  @OptionGroup var file: ConfigurationOption
  @Flag(help: "Offer read-only tools: nothing can be sent or changed.") var readOnly = false

  func run() async throws {
    let configuration = try await file.loadOrLast()
    _ = try App.sharedLedger(configuration)
    // Standard output belongs to the client.
    let app = try await App.build(configuration, App.Options(print: { Output.error(PrintedText($0)) }))
    let current = { @Sendable [file] in file.readAgain().configuration ?? configuration }
    let engine = LedgerEngine(ledger: app.ledger) { Policy(rules: current().rules) }
    let tools = AlertTools(app.operations(engine, configuration: current))
    let service = MCPService(tools, version: Version.text) { [console = app.console] failure in
      console.fail("mcp: \(failure)", .topic(.server))
    }
    let scopes: Set<Scope> = readOnly ? [.read] : [.read, .operate, .test]
    let caller = Caller(name: Operator.user, scopes: scopes)
    var lines = InputLines(limit: MCPService.messageLimit)
    while let line = await lines.next() {
      switch line {
      case .tooLong: Output.json(String(decoding: MCPService.tooLong, as: UTF8.self))
      case .text(let bytes):
        guard let answer = await service.answer(bytes, by: caller) else { continue }
        Output.json(String(decoding: answer, as: UTF8.self))
      }
    }
    try await app.close()
  }
}
