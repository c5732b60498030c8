// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation

/// The headers that repeat parts of a request's body.
///
/// Proxies rely on the headers, so they must not contradict the body.
struct MCPHeaders: Sendable, Hashable {
  /// Whether there are headers at all.
  var isHTTP = false
  /// `MCP-Protocol-Version`.
  var version: String?
  /// `Mcp-Method`.
  var method: String?
  /// `Mcp-Name`: the tool, or the URI of the resource.
  var name: String?

  func check(_ request: RPCRequest, _ era: MCPEra) throws(RPCFailure) {
    guard isHTTP else { return }
    switch era {
    case .handshake:
      guard let version, !MCPEra.handshakeVersions.contains(version) else { return }
      throw mismatch("MCP-Protocol-Version", version, "no version in the body", request)
    case .stateless:
      try agree("MCP-Protocol-Version", version, MCPEra.version, request)
      try agree("Mcp-Method", method, request.method, request)
      guard let named = request.named else { return }
      try agree("Mcp-Name", name.map(MCPHeaders.decoded), named, request)
    }
  }

  private func agree(_ header: String, _ said: String?, _ body: String, _ request: RPCRequest) throws(RPCFailure) {
    if said != body { throw mismatch(header, said, body, request) }
  }

  private func mismatch(_ header: String, _ said: String?, _ body: String, _ request: RPCRequest) -> RPCFailure {
    let shown = said.map { "is \($0.oneLine.truncated(to: 60))" } ?? "is missing"
    return RPCFailure(
      .headerMismatch,
      "\(header) \(shown), but the body says \(body.oneLine.truncated(to: 60)). They must match.",
      id: request.id
    )
  }

  /// Decodes a value: `=?base64?…?=` encodes what a header cannot hold.
  static func decoded(_ text: String) -> String {
    guard text.hasPrefix("=?base64?"), text.hasSuffix("?="), text.utf8.count >= 11,
      let data = Data(base64Encoded: String(text.dropFirst(9).dropLast(2)))
    else { return text }
    return String(decoding: data, as: UTF8.self)
  }
}

extension RPCRequest {
  /// The value that `Mcp-Name` repeats.
  fileprivate var named: String? {
    switch method {
    case "tools/call": params["name"]?.string
    case "resources/read": params["uri"]?.string
    default: nil
    }
  }
}
