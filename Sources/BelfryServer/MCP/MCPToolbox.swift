// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration

/// The tools and resources that MCP offers, however a client reaches them.
package protocol MCPToolbox: Sendable {
  /// The tools for callers with these scopes, always in the same order.
  func tools(for scopes: Set<Scope>) -> [MCPTool]

  /// The resources for callers with the scope `read`.
  var resources: [MCPResource] { get }

  /// Runs a tool with arguments that match its schema; returns a JSON object.
  ///
  /// - Throws: `ToolRefusal` with what the caller can do about it.
  func call(_ tool: String, _ arguments: JSONNode, by caller: Caller) async throws -> [UInt8]

  /// The text of a resource; nil if none has this URI.
  func read(_ uri: String) async throws -> String?
}

/// One tool, as clients see it.
package struct MCPTool: Sendable, Hashable {
  /// The kind of effect of a call.
  package enum Effect: Sendable, Hashable {
    case reads
    /// Adds something.
    case adds
    /// Takes something away.
    case destroys
  }

  package var name: String
  package var title: String
  package var note: String
  package var scope: Scope
  package var effect: Effect
  package var input: [MCPField]
  package var output: [MCPField]

  package init(
    _ name: String,
    title: String,
    note: String,
    scope: Scope,
    effect: Effect,
    input: [MCPField],
    output: [MCPField]
  ) {
    self.name = name
    self.title = title
    self.note = note
    self.scope = scope
    self.effect = effect
    self.input = input
    self.output = output
  }

  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name)
      writer.member("title", title)
      writer.member("description", note)
      writer.key("inputSchema")
      MCPShape.record(input).encode(into: &writer)
      writer.key("outputSchema")
      MCPShape.record(output).encode(into: &writer)
      writer.key("annotations")
      writer.object { writer in
        writer.member("readOnlyHint", effect == .reads)
        if effect != .reads { writer.member("destructiveHint", effect == .destroys) }
        writer.member("openWorldHint", scope == .test)
      }
    }
  }
}

/// One readable text, as clients see it.
package struct MCPResource: Sendable, Hashable {
  package var uri: String
  package var name: String
  package var note: String

  package init(uri: String, name: String, note: String) {
    self.uri = uri
    self.name = name
    self.note = note
  }

  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("uri", uri)
      writer.member("name", name)
      writer.member("description", note)
      writer.member("mimeType", "application/json")
    }
  }
}

/// The reason why a tool refuses a call, for the caller.
package struct ToolRefusal: Error, Sendable, Hashable {
  package var message: String
  /// The tool's answer besides the message, a JSON object; nil for none.
  package var answer: [UInt8]?

  package init(_ message: String, answer: [UInt8]? = nil) {
    self.message = message
    self.answer = answer
  }
}
