// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryDaemon
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryServer
internal import BelfryTransport

/// What programs and their models may ask of Belfry and tell it, in its own process or beside it.
struct AlertTools: MCPToolbox {
  let ledger: any Ledger
  let carrier: any Carrying
  let audit: AuditLog
  let time: any TimeSource
  /// The configuration in force.
  let configuration: @Sendable () -> Configuration
  /// Has events decided and written.
  let ingest: @Sendable ([Event]) async throws -> Void

  var now: Instant { time.now() }

  func tools(for scopes: Set<Scope>) -> [MCPTool] { AlertTools.all(for: scopes).filter { scopes.contains($0.scope) } }

  var resources: [MCPResource] {
    [
      MCPResource(
        uri: ConfigurationView.uri,
        name: "Configuration in force",
        note: "The channels.json that Belfry goes by, with \(Secret.mask) where a secret is or may be."
      ),
      MCPResource(
        uri: ConfigurationView.logURI,
        name: "Configuration log",
        note: "The versions of channels.json that were in force, the latest first, at most 100."
      ),
    ]
  }

  func call(_ tool: String, _ arguments: JSONNode, by caller: Caller) async throws -> [UInt8] {
    let arguments = ToolArguments(node: arguments)
    do {
      switch tool {
      case "list_alerts": return try await listAlerts(arguments)
      case "why": return try await why(arguments)
      case "explain": return try await explain(arguments)
      case "status": return Array(try await StatusReport.read(ledger, configuration()).json(at: now).utf8)
      case "dead_letters": return try await deadLetters(arguments, by: caller)
      case "send_test_alert": return try await sendTestAlert(arguments, by: caller)
      case "silence": return try await silence(arguments, by: caller)
      case "ack": return try await acknowledge(arguments, by: caller)
      default: throw ToolRefusal("There is no tool \(tool).")
      }
    } catch let overdue as WorkDeadline.Overdue {
      throw ToolRefusal(overdue.description)
    } catch let failure as CommandFailure {
      throw ToolRefusal(failure.description)
    }
  }

  func read(_ uri: String) async throws -> String? {
    switch uri {
    case ConfigurationView.uri: try await ConfigurationView.inForce(ledger)
    case ConfigurationView.logURI: try await ConfigurationView.log(ledger)
    default: nil
    }
  }

  /// Does what changes something, and writes down who had it done, whether it worked or not.
  func audited<Answer>(
    _ caller: Caller,
    _ action: String,
    _ subject: String,
    _ body: () async throws -> Answer
  ) async throws -> Answer {
    do {
      let answer = try await body()
      write(caller, action, subject, nil)
      return answer
    } catch let refusal as ToolRefusal {
      // The message is for the caller: the log holds codes alone.
      write(caller, action, subject, "refused")
      throw refusal
    } catch {
      write(caller, action, subject, "failed")
      throw error
    }
  }

  private func write(_ caller: Caller, _ action: String, _ subject: String, _ error: String?) {
    let subject = subject.oneLine.truncated(to: 200)
    audit.append([
      OperationRow(emittedAt: now, token: caller.name, action: action, subject: subject, error: error)
    ])
  }
}

/// The arguments of a call; that they are what the schema says was seen to.
struct ToolArguments: Sendable {
  let node: JSONNode

  func text(_ name: String) -> String? { node[name]?.string }
  func texts(_ name: String) -> [String] { node[name]?.elements?.compactMap(\.string) ?? [] }
  func flag(_ name: String, otherwise: Bool) -> Bool { node[name].map { $0.value == .bool(true) } ?? otherwise }
  func number(_ name: String, otherwise: Int) -> Int {
    if case .number(let text) = node[name]?.value { Int(text) ?? otherwise } else { otherwise }
  }
}
