// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

@Suite("MCP over HTTP")
struct MCPTests {
  private static let tokens = """
    {"listen": "127.0.0.1:0", "tokens": [
      {"name": "prometheus", "secret": "${PUSH}", "scopes": ["push"]},
      {"name": "screen", "secret": "${READ}", "scopes": "read"},
      {"name": "ann", "secret": "${ALL}", "scopes": ["read", "operate"]}]}
    """
  private static let list = #"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#

  @Test("requires any token if there are some, and never admits another site's origin")
  func access() async throws {
    try await TestServer.run(Self.tokens, toolbox: SampleToolbox()) { server in
      let bare = try await server.send("POST", "/mcp", Self.list)
      #expect(bare.status == 401)
      let wrong = try await server.send("POST", "/mcp", Self.list, headers: ["Authorization": "Bearer wrong"])
      #expect(wrong.status == 401)
      let bearer = "Bearer read-0123456789abcdef"
      let reading = try await server.send("POST", "/mcp", Self.list, headers: ["Authorization": bearer])
      #expect(reading.status == 200)
      #expect(reading.body.contains("\"echo\"") && !reading.body.contains("\"shout\""))
      let foreign = ["Authorization": bearer, "Origin": "https://evil.example.com"]
      #expect(try await server.send("POST", "/mcp", Self.list, headers: foreign).status == 403)
      let all = try await server.send(
        "POST",
        "/mcp",
        Self.list,
        headers: ["Authorization": "Bearer all-0123456789abcdef"]
      )
      #expect(all.body.contains("\"shout\""))
    }
  }

  @Test("accepts a notification, and answers a refusal with its status")
  func statuses() async throws {
    try await TestServer.run(toolbox: SampleToolbox()) { server in
      let note = #"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#
      let taken = try await server.send("POST", "/mcp", note)
      #expect(taken.status == 202 && taken.body.isEmpty)
      #expect(try await server.send("POST", "/mcp", #"{"jsonrpc": "2.0", "id": 1, "method": "odd"}"#).status == 200)
      #expect(try await server.send("POST", "/mcp", "{").status == 400)
      #expect(try await server.send("GET", "/mcp").status == 405)
      #expect(try await server.send("DELETE", "/mcp").status == 405)
      let long = String(repeating: " ", count: MCPService.messageLimit + 1)
      #expect(try await server.send("POST", "/mcp", long).status == 413)
      let version = ["MCP-Protocol-Version": "2026-07-28"]
      #expect(try await server.send("POST", "/mcp", Self.list, headers: version).status == 400)
    }
  }

  @Test("logs one line a minute for failures, with a count")
  func failures() async throws {
    let calls = [
      ("tools/call", #"{"name": "echo", "arguments": {"text": "a"}}"#),
      ("resources/read", #"{"uri": "belfry://sample"}"#),
    ]
    try await TestServer.run(toolbox: SampleToolbox(isBroken: true)) { server async throws in
      for _ in 0..<10 {
        for (method, parameters) in calls {
          let call = #"{"jsonrpc": "2.0", "id": 1, "method": "\#(method)", "params": \#(parameters)}"#
          #expect(try await server.send("POST", "/mcp", call).body.contains("see Belfry's log"))
        }
      }
      #expect(server.printed.containing("mcp").count == 1)
      server.time.advance(by: .seconds(61))
      server.context.callerLines.flush(at: server.time.now())
      #expect(server.printed.containing("mcp: 19 more within a minute").count == 1)
    }
  }

  @Test("does not exist if no tools are offered")
  func none() async throws {
    try await TestServer.run { server in
      let answer = try await server.send("POST", "/mcp", Self.list)
      #expect(answer.status == 404)
    }
  }
}
