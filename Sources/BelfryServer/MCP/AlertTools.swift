// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
package import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
package import BelfryOperations
internal import BelfryTransport

/// The MCP tools: each parses its arguments, calls an operation, and writes the answer.
package struct AlertTools: MCPToolbox {
  let operations: Operations

  package init(_ operations: Operations) { self.operations = operations }

  var ledger: any Ledger { operations.ledger }
  var configuration: Configuration { operations.configuration }
  var now: Instant { operations.now }

  package func tools(for scopes: Set<Scope>) -> [MCPTool] {
    AlertTools.all(for: scopes).filter { scopes.contains($0.scope) }
  }

  package var resources: [MCPResource] {
    [
      MCPResource(
        uri: ConfigurationView.uri,
        name: "Configuration in force",
        note: "The channels.json in force, with \(Secret.mask) in place of secrets."
      ),
      MCPResource(
        uri: ConfigurationView.logURI,
        name: "Configuration log",
        note: "The versions of channels.json that were in force, latest first, at most 100."
      ),
    ]
  }

  package func call(_ tool: String, _ arguments: JSONNode, by caller: Caller) async throws -> [UInt8] {
    let arguments = ToolArguments(node: arguments)
    do {
      switch tool {
      case "list_alerts": return try await listAlerts(arguments)
      case "why": return try await why(arguments)
      case "explain": return try await explain(arguments)
      case "status": return Array(try await StatusReport.read(ledger, configuration).json(at: now).utf8)
      case "dead_letters": return try await deadLetters(arguments, by: caller)
      case "send_test_alert": return try await sendTestAlert(arguments, by: caller)
      case "silence": return try await silence(arguments, by: caller)
      case "ack": return try await acknowledge(arguments, by: caller)
      case "unack": return try await unacknowledge(arguments, by: caller)
      default: throw ToolRefusal("There is no tool \(tool).")
      }
    } catch let overdue as WorkDeadline.Overdue {
      throw ToolRefusal(overdue.description)
    } catch let refusal as OperationRefusal {
      throw ToolRefusal(refusal.description)
    }
  }

  package func read(_ uri: String) async throws -> String? {
    switch uri {
    case ConfigurationView.uri: try await ConfigurationView.live(ledger)
    case ConfigurationView.logURI: try await ConfigurationView.log(ledger)
    default: nil
    }
  }

  /// Performs an action for the caller.
  func perform<A: Action>(_ action: A, by caller: Caller) async throws -> A.Outcome {
    try await operations.perform(action, by: caller.operator(.mcp))
  }
}

/// The arguments of a call, which were already checked against the schema.
struct ToolArguments: Sendable {
  let node: JSONNode

  func text(_ name: String) -> String? { node[name]?.string }
  func texts(_ name: String) -> [String] { node[name]?.elements?.compactMap(\.string) ?? [] }
  func flag(_ name: String, otherwise: Bool) -> Bool { node[name].map { $0.value == .bool(true) } ?? otherwise }
  func number(_ name: String, otherwise: Int) -> Int {
    if case .number(let text) = node[name]?.value { Int(text) ?? otherwise } else { otherwise }
  }
}
