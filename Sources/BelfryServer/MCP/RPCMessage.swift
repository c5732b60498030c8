// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A parsed JSON-RPC 2.0 message.
enum RPCMessage: Sendable, Hashable {
  case request(RPCRequest)
  /// It gets no answer.
  case notification(String)
  /// An answer, although nothing was asked.
  case answer
  case malformed(RPCFailure)

  /// The limits of a message: no tool here takes one that is deeper or longer.
  private static let limits = JSONLimits(depth: 32, stringBytes: 1 << 16, numberBytes: 64, problems: 1)

  init(_ bytes: [UInt8]) {
    let (tree, problems) = JSONTree.parse(SourceText(name: "the message", bytes: bytes), limits: RPCMessage.limits)
    guard let node = tree, problems.isEmpty else {
      let problem = problems.first.map { "\($0.message) \($0.remedy)" } ?? "the message is empty."
      self = .malformed(RPCFailure(.noJSON, "Invalid JSON: \(problem)"))
      return
    }
    self = RPCMessage.read(node)
  }

  private static func read(_ node: JSONNode) -> RPCMessage {
    guard node.members != nil else {
      let what = node.elements == nil ? node.kindName : "a batch"
      return .malformed(RPCFailure(.noRequest, "Expected one JSON-RPC object, found \(what). Send one at a time."))
    }
    let id = RPCID(node["id"])
    guard node["jsonrpc"]?.string == "2.0" else {
      return .malformed(RPCFailure(.noRequest, #"Expected "jsonrpc": "2.0"."#, id: id))
    }
    guard let method = node["method"]?.string else {
      if node["result"] != nil || node["error"] != nil { return .answer }
      return .malformed(RPCFailure(.noRequest, #"Expected a "method"."#, id: id))
    }
    guard node["id"] != nil else { return .notification(method) }
    guard let id else {
      return .malformed(RPCFailure(.noRequest, #"Expected an "id" that is a string or a whole number."#))
    }
    let params = node["params"] ?? JSONNode(.object([]), offset: 0)
    guard params.members != nil else {
      return .malformed(RPCFailure(.badParams, #"Expected "params" to be an object."#, id: id))
    }
    return .request(RPCRequest(id: id, method: method, params: params))
  }
}

/// A client's request.
struct RPCRequest: Sendable, Hashable {
  var id: RPCID
  var method: String
  /// An object.
  var params: JSONNode

  /// The string value of a parameter.
  func text(_ name: String) throws(RPCFailure) -> String {
    guard let text = params[name]?.string else {
      throw RPCFailure(.badParams, "\(method) needs \"\(name)\", a string.", id: id)
    }
    return text
  }
}

/// The ID by which a client matches an answer to its request.
enum RPCID: Sendable, Hashable {
  case text(String)
  /// The number as the client wrote it.
  case number(String)

  init?(_ node: JSONNode?) {
    switch node?.value {
    case .string(let text): self = .text(text)
    case .number(let text) where Int(text) != nil: self = .number(text)
    default: return nil
    }
  }

  func encode(into writer: inout JSONWriter) {
    switch self {
    case .text(let text): writer.string(text)
    case .number(let text): writer.number(text)
    }
  }
}

/// The reason why a request fails, as a JSON-RPC error.
struct RPCFailure: Error, Sendable, Hashable {
  enum Code: Int, Sendable {
    case noJSON = -32700
    case noRequest = -32600
    case noMethod = -32601
    case badParams = -32602
    case failed = -32603
    /// From the era with a handshake: https://modelcontextprotocol.io/specification/2025-11-25/server/resources
    case noResource = -32002
    case headerMismatch = -32020
    case wrongVersion = -32022
  }

  var code: Code
  var message: String
  /// Nil if it was unreadable.
  var id: RPCID?
  /// The requested version, if this server does not support it.
  var requestedVersion: String?
  /// The era of the request; nil if it was unreadable.
  var era: MCPEra?

  init(_ code: Code, _ message: String, id: RPCID? = nil, requestedVersion: String? = nil) {
    self.code = code
    self.message = message
    self.id = id
    self.requestedVersion = requestedVersion
  }
}
