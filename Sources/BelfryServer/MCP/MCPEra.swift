// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Which of the two ways of MCP a client speaks.
enum MCPEra: Sendable, Hashable {
  /// The one without a handshake: each request says its version.
  case stateless
  /// The one that opens with `initialize`; nothing of it has to be kept here.
  case handshake

  static let version = "2026-07-28"
  /// The latest first.
  static let handshakeVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
  static let serverInfoKey = "io.modelcontextprotocol/serverInfo"
  static let versionKey = "io.modelcontextprotocol/protocolVersion"

  /// The era of a request, by the version that it carries itself, or its header.
  init(_ request: RPCRequest, header: String? = nil) throws(RPCFailure) {
    let own = request.params["_meta"]?[MCPEra.versionKey]
    if let own, own.string == nil {
      throw RPCFailure(.badParams, "\(MCPEra.versionKey) is a string such as \(MCPEra.version).", id: request.id)
    }
    // The first request of the newer era may be a question for what is spoken here.
    guard let version = own?.string ?? (request.method == "server/discover" ? header ?? "none" : nil) else {
      self = .handshake
      return
    }
    guard version == MCPEra.version else {
      throw RPCFailure(
        .wrongVersion,
        "The version \(version.oneLine.truncated(to: 40)) is not spoken here.",
        id: request.id,
        requestedVersion: version
      )
    }
    self = .stateless
  }
}
