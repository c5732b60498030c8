// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Makes JSON-RPC answers.
enum RPCReply {
  /// A result with the members that `write` writes.
  ///
  /// `isKept` marks a list or a text, for which the stateless era states how long it may be cached: here not at all,
  /// because what a caller may see can change with the next reload.
  static func result(
    _ id: RPCID,
    _ era: MCPEra = .handshake,
    isKept: Bool = false,
    _ write: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    frame(id) { writer in
      writer.key("result")
      writer.object { writer in
        if era == .stateless {
          writer.member("resultType", "complete")
          if isKept {
            writer.member("ttlMs", 0)
            writer.member("cacheScope", "private")
          }
        }
        write(&writer)
      }
    }
  }

  static func failure(_ failure: RPCFailure) -> [UInt8] {
    frame(failure.id) { writer in
      writer.key("error")
      writer.object { writer in
        writer.member("code", failure.code.rawValue)
        writer.member("message", failure.message)
        guard let requested = failure.requestedVersion else { return }
        writer.key("data")
        writer.object {
          $0.member("supported", [MCPEra.version] + MCPEra.handshakeVersions)
          $0.member("requested", requested)
        }
      }
    }
  }

  /// A tool's answer: the object, and the same as text for clients that show only text.
  static func answered(_ request: RPCRequest, _ era: MCPEra, _ answer: JSONNode) -> [UInt8] {
    var text = JSONWriter()
    text.node(answer)
    return result(request.id, era) { writer in
      content(text.text, into: &writer)
      writer.key("structuredContent")
      writer.json(text.bytes)
      writer.member("isError", false)
    }
  }

  /// The reason why a tool refused a call.
  static func refused(_ request: RPCRequest, _ era: MCPEra, _ message: String, _ answer: JSONNode? = nil) -> [UInt8] {
    result(request.id, era) { writer in
      content(message.paragraphs, into: &writer)
      if let answer {
        writer.key("structuredContent")
        writer.node(answer)
      }
      writer.member("isError", true)
    }
  }

  private static func content(_ text: String, into writer: inout JSONWriter) {
    writer.key("content")
    writer.array([text]) { writer, text in
      writer.object {
        $0.member("type", "text")
        $0.member("text", text)
      }
    }
  }

  private static func frame(_ id: RPCID?, _ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("jsonrpc", "2.0")
      writer.key("id")
      if let id { id.encode(into: &writer) } else { writer.null() }
      write(&writer)
    }
    return writer.bytes
  }
}
