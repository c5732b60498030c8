// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The generation of MCP that a client uses.
enum MCPEra: Sendable, Hashable {
  /// Without a handshake: each request states its version.
  case stateless
  /// Starts with `initialize`; this server needs no state for it.
  case handshake

  static let version = "2026-07-28"
  /// The supported versions, latest first.
  static let handshakeVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
  static let serverInfoKey = "io.modelcontextprotocol/serverInfo"
  static let versionKey = "io.modelcontextprotocol/protocolVersion"

  /// The era of a request, from the version in the request itself or in its header.
  init(_ request: RPCRequest, header: String? = nil) throws(RPCFailure) {
    let own = request.params["_meta"]?[MCPEra.versionKey]
    if let own, own.string == nil {
      throw RPCFailure(.badParams, "\(MCPEra.versionKey) is a string such as \(MCPEra.version).", id: request.id)
    }
    // The first request of the newer era may ask for the supported versions.
    guard let version = own?.string ?? (request.method == "server/discover" ? header ?? "none" : nil) else {
      self = .handshake
      return
    }
    guard version == MCPEra.version else {
      throw RPCFailure(
        .wrongVersion,
        "The version \(version.oneLine.truncated(to: 40)) is not supported.",
        id: request.id,
        requestedVersion: version
      )
    }
    self = .stateless
  }
}
