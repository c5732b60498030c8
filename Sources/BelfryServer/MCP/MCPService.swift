// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Answers MCP messages, over any transport.
package struct MCPService: Sendable {
  private let rules: MCPProtocol
  private let report: @Sendable (String) -> Void
  private var toolbox: any MCPToolbox { rules.toolbox }

  /// The largest accepted message, in bytes.
  package static let messageLimit = 1 << 20
  /// The largest answer, in bytes: a client could not use more.
  private static let answerLimit = 1 << 20

  /// Offers these tools; `report` logs failures that callers should not see.
  package init(_ toolbox: any MCPToolbox, version: String, report: @escaping @Sendable (String) -> Void) {
    rules = MCPProtocol(toolbox: toolbox, version: version)
    self.report = report
  }

  /// The answer to a message, JSON on one line; nil for none.
  package func answer(_ message: [UInt8], by caller: Caller) async -> [UInt8]? {
    await send(rules.step(RPCMessage(message), by: caller), caller).bytes
  }

  /// The answer to a message that is too long.
  package static var tooLong: [UInt8] {
    RPCReply.failure(RPCFailure(.noRequest, "A message can have at most \(messageLimit) bytes."))
  }

  /// The same over HTTP, where a failure has a status.
  func answer(_ message: [UInt8], by caller: Caller, headers: MCPHeaders) async -> (bytes: [UInt8]?, status: Int) {
    await send(rules.step(RPCMessage(message), by: caller, headers: headers), caller)
  }

  private func send(_ step: MCPStep, _ caller: Caller) async -> (bytes: [UInt8]?, status: Int) {
    switch step {
    case .silence: (nil, 202)
    case .answer(let bytes): (bytes, 200)
    case .failure(let failure): (RPCReply.failure(failure), failure.status)
    case .refusal(let request, let era, let message): (RPCReply.refused(request, era, message), 200)
    case .call(let request, let era, let tool, let arguments):
      (await call(request, era, tool, arguments, caller), 200)
    case .read(let request, let era, let uri): await read(request, era, uri)
    }
  }

  private func call(
    _ request: RPCRequest,
    _ era: MCPEra,
    _ tool: String,
    _ arguments: JSONNode,
    _ caller: Caller
  ) async -> [UInt8] {
    do {
      let answer = MCPService.tree(try await toolbox.call(tool, arguments, by: caller))
      let bytes = RPCReply.answered(request, era, answer)
      guard bytes.count <= MCPService.answerLimit else {
        return RPCReply.refused(request, era, "The answer is too long. Ask for less, such as with a lower limit.")
      }
      return bytes
    } catch let refusal as ToolRefusal {
      return RPCReply.refused(request, era, refusal.message, refusal.answer.map(MCPService.tree))
    } catch {
      report("\(caller.name): \(tool): \(error)")
      return RPCReply.refused(request, era, "Internal error; see Belfry's log. Try again later.")
    }
  }

  /// A tool's output, with its texts made safe.
  private static func tree(_ bytes: [UInt8]) -> JSONNode {
    let node = JSONTree.parse(SourceText(name: "the answer", bytes: bytes)).node
    return (node ?? JSONNode(.object([]), offset: 0)).tidied()
  }

  private func read(_ request: RPCRequest, _ era: MCPEra, _ uri: String) async -> (bytes: [UInt8]?, status: Int) {
    do {
      guard let text = try await toolbox.read(uri) else {
        let failure = rules.missing(uri, request, era)
        return (RPCReply.failure(failure), failure.status)
      }
      let bytes = RPCReply.result(request.id, era, isKept: true) { writer in
        writer.key("contents")
        writer.array([text]) { writer, text in
          writer.object {
            $0.member("uri", uri)
            $0.member("mimeType", "application/json")
            $0.member("text", text)
          }
        }
      }
      return (bytes, 200)
    } catch {
      report("\(uri): \(error)")
      let failure = RPCFailure(.failed, "It cannot be read now; see Belfry's log.", id: request.id)
      return (RPCReply.failure(failure), 200)
    }
  }
}

extension RPCFailure {
  /// The HTTP status.
  fileprivate var status: Int {
    switch code {
    // Clients of the handshake's era interpret 404 as an ended session, and start again (2025-11-25, Session
    // Management).
    case .noMethod: era == .stateless ? 404 : 200
    case .noJSON, .noRequest, .headerMismatch, .wrongVersion: 400
    case .badParams, .failed, .noResource: 200
    }
  }
}
