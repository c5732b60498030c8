// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// What one message of JSON-RPC 2.0 is.
enum RPCMessage: Sendable, Hashable {
  case request(RPCRequest)
  /// Nothing is answered to it.
  case notification(String)
  /// An answer, though nothing was asked.
  case answer
  case malformed(RPCFailure)

  /// What is deeper or longer is no message that a tool here takes.
  private static let limits = JSONLimits(depth: 32, stringBytes: 1 << 16, numberBytes: 64, problems: 1)

  init(_ bytes: [UInt8]) {
    let (tree, problems) = JSONTree.parse(SourceText(name: "the message", bytes: bytes), limits: RPCMessage.limits)
    guard let node = tree, problems.isEmpty else {
      let problem = problems.first.map { "\($0.message) \($0.remedy)" } ?? "there is none."
      self = .malformed(RPCFailure(.noJSON, "This is no JSON: \(problem)"))
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

/// What a client asks.
struct RPCRequest: Sendable, Hashable {
  var id: RPCID
  var method: String
  /// An object.
  var params: JSONNode

  /// The text of a parameter.
  func text(_ name: String) throws(RPCFailure) -> String {
    guard let text = params[name]?.string else {
      throw RPCFailure(.badParams, "\(method) needs \"\(name)\", a string.", id: id)
    }
    return text
  }
}

/// By which a client knows the answer to its request again.
enum RPCID: Sendable, Hashable {
  case text(String)
  /// As it is written.
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

/// Why a request is not carried out, as JSON-RPC says it.
struct RPCFailure: Error, Sendable, Hashable {
  enum Code: Int, Sendable {
    case noJSON = -32700
    case noRequest = -32600
    case noMethod = -32601
    case badParams = -32602
    case failed = -32603
    /// Of the era with a handshake: https://modelcontextprotocol.io/specification/2025-11-25/server/resources
    case noResource = -32002
    case headerMismatch = -32020
    case wrongVersion = -32022
  }

  var code: Code
  var message: String
  /// Nil where it could not be read.
  var id: RPCID?
  /// Set for a version that is not spoken here: the one that was asked for.
  var requestedVersion: String?
  /// The era of the request; nil where it could not be read.
  var era: MCPEra?

  init(_ code: Code, _ message: String, id: RPCID? = nil, requestedVersion: String? = nil) {
    self.code = code
    self.message = message
    self.id = id
    self.requestedVersion = requestedVersion
  }
}
