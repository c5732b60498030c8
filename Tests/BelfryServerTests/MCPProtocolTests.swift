// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import Testing
@testable import BelfryServer

/// Tools that do almost nothing.
struct SampleToolbox: MCPToolbox {
  struct Broken: Error {}

  var answer = #"{"said": "ok"}"#
  /// Whether reading fails.
  var isBroken = false

  func tools(for scopes: Set<Scope>) -> [MCPTool] {
    let input = [
      MCPField("text", .text, "What is said.", required: true), MCPField("count", .integer(1...9)),
      MCPField("kind", .choice(["loud", "soft"])),
    ]
    let said = [MCPField("said", .text, required: true)]
    return [
      MCPTool("echo", title: "Echo", note: "", scope: .read, effect: .reads, input: input, output: said),
      MCPTool("shout", title: "Shout", note: "", scope: .operate, effect: .destroys, input: [], output: said),
    ].filter { scopes.contains($0.scope) }
  }

  var resources: [MCPResource] { [MCPResource(uri: "belfry://sample", name: "Sample", note: "")] }

  func call(_ tool: String, _ arguments: JSONNode, by caller: Caller) async throws -> [UInt8] {
    if arguments["text"]?.string == "no" { throw ToolRefusal("Not today.") }
    if isBroken { throw Broken() }
    return Array(answer.utf8)
  }

  func read(_ uri: String) async throws -> String? {
    if isBroken { throw Broken() }
    return #"{"a":1}"#
  }
}

@Suite("The MCP protocol")
struct MCPProtocolTests {
  private static let reader = Caller(name: "screen", scopes: [.read])
  private static let meta = #""_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}"#

  private func answer(
    _ message: String,
    as caller: Caller = .local,
    toolbox: SampleToolbox = SampleToolbox()
  ) async throws -> JSONNode {
    let bytes = try #require(
      await MCPService(toolbox, version: "1.0", report: { _ in }).answer(Array(message.utf8), by: caller)
    )
    #expect(!bytes.contains(UInt8(ascii: "\n")), "an answer is one line")
    return try #require(JSONTree.parse(SourceText(name: "the answer", bytes: bytes)).node)
  }

  private func request(_ method: String, _ params: String = "{}") -> String {
    #"{"jsonrpc": "2.0", "id": 7, "method": "\#(method)", "params": \#(params)}"#
  }

  private func code(_ node: JSONNode) -> String? {
    if case .number(let text) = node["error"]?["code"]?.value { text } else { nil }
  }

  @Test(
    "agrees on the requested version with initialize, or offers the latest one with a handshake",
    arguments: [("2024-11-05", "2024-11-05"), ("2025-11-25", "2025-11-25"), ("1999-01-01", "2025-11-25")]
  )
  func initialize(asked: String, expected: String) async throws {
    let node = try await answer(request("initialize", #"{"protocolVersion": "\#(asked)", "capabilities": {}}"#))
    #expect(node["result"]?["protocolVersion"]?.string == expected)
    #expect(node["result"]?["serverInfo"]?["name"]?.string == "belfry")
    #expect(node["id"]?.value == .number("7"))
    #expect(node["result"]?["resultType"] == nil)
  }

  @Test("without a handshake lists the versions with discover, and has no ping")
  func discover() async throws {
    let node = try await answer(request("server/discover", "{\(Self.meta)}"))
    #expect(node["result"]?["supportedVersions"]?.elements?.first?.string == "2026-07-28")
    #expect(node["result"]?["resultType"]?.string == "complete")
    let identity = node["result"]?["_meta"]?["io.modelcontextprotocol/serverInfo"]
    #expect(identity?["name"]?.string == "belfry" && identity?["version"]?.string == "1.0")
    #expect(code(try await answer(request("ping", "{\(Self.meta)}"))) == "-32601")
    #expect(try await answer(request("ping"))["result"]?.members == [])
  }

  @Test("answers 404 for an unknown method over HTTP only in the era without a handshake", arguments: [true, false])
  func unknownMethod(isStateless: Bool) async throws {
    let message = request("nothing/here", isStateless ? "{\(Self.meta)}" : "{}")
    var headers = MCPHeaders(isHTTP: true, version: isStateless ? "2026-07-28" : "2025-11-25")
    headers.method = "nothing/here"
    let answer = await MCPService(SampleToolbox(), version: "1.0") { _ in }
      .answer(Array(message.utf8), by: .local, headers: headers)
    #expect(answer.status == (isStateless ? 404 : 200))
    let bytes = try #require(answer.bytes)
    #expect(code(try #require(JSONTree.parse(SourceText(name: "the answer", bytes: bytes)).node)) == "-32601")
  }

  @Test("refuses an unsupported version with the supported ones")
  func wrongVersion() async throws {
    let meta = #"{"_meta": {"io.modelcontextprotocol/protocolVersion": "2031-01-01"}}"#
    let node = try await answer(request("tools/list", meta))
    #expect(code(node) == "-32022")
    #expect(node["error"]?["data"]?["supported"]?.elements?.first?.string == "2026-07-28")
    #expect(node["error"]?["data"]?["requested"]?.string == "2031-01-01")
  }

  @Test("lists only the tools that a caller may call, always in the same order")
  func list() async throws {
    func names(_ caller: Caller) async throws -> [String] {
      let tools = try await answer(request("tools/list", "{\(Self.meta)}"), as: caller)["result"]?["tools"]
      return try #require(tools?.elements).compactMap { $0["name"]?.string }
    }
    let all = try await names(.local)
    let some = try await names(Self.reader)
    let none = try await names(Caller(name: "push", scopes: [.push]))
    #expect(all == ["echo", "shout"])
    #expect(some == ["echo"])
    #expect(none == [])
  }

  @Test("states how long lists are valid only in the era without a handshake", arguments: [true, false])
  func holds(isStateless: Bool) async throws {
    let node = try await answer(request("resources/list", isStateless ? "{\(Self.meta)}" : "{}"))
    #expect((node["result"]?["ttlMs"] != nil) == isStateless)
    #expect((node["result"]?["cacheScope"]?.string == "private") == isStateless)
  }

  @Test("returns a tool's object, and the same as text")
  func call() async throws {
    let node = try await answer(request("tools/call", #"{"name": "echo", "arguments": {"text": "hi", "count": 2}}"#))
    let result = try #require(node["result"])
    #expect(result["structuredContent"]?["said"]?.string == "ok")
    #expect(result["content"]?.elements?.first?["text"]?.string == #"{"said":"ok"}"#)
    #expect(result["isError"]?.value == .bool(false))
  }

  @Test(
    "reports invalid arguments as an error of the tool, worded so that they can be corrected",
    arguments: [
      (#"{}"#, "text is missing"), (#"{"text": 3}"#, "text: expected a string, found a number."),
      (#"{"text": "a", "count": 10}"#, "count: 10 is not 1 to 9."),
      (#"{"text": "a", "kind": "odd"}"#, "kind: odd is not one of loud, soft."), (#"{"txt": "a"}"#, "txt is unknown."),
      (#"{"text": "no"}"#, "Not today."), (#"[]"#, "the arguments: expected an object, found a list."),
    ]
  )
  func badArguments(arguments: String, expected: String) async throws {
    let node = try await answer(request("tools/call", #"{"name": "echo", "arguments": \#(arguments)}"#))
    let result = try #require(node["result"])
    #expect(result["isError"]?.value == .bool(true))
    #expect(result["content"]?.elements?.first?["text"]?.string?.contains(expected) == true)
  }

  @Test("refuses a tool that a caller's scopes do not allow, and lists it nowhere")
  func scopes() async throws {
    let node = try await answer(request("tools/call", #"{"name": "shout"}"#), as: Self.reader)
    #expect(node["result"]?["isError"]?.value == .bool(true))
    #expect(
      node["result"]?["content"]?.elements?.first?["text"]?.string?.contains("does not have the scope operate") == true
    )
    let pusher = Caller(name: "push", scopes: [.push])
    let read = try await answer(request("resources/read", #"{"uri": "belfry://sample"}"#), as: pusher)
    #expect(code(read) == "-32602")
  }

  @Test("reads a resource, and refuses an unknown one as each era requires")
  func resources() async throws {
    let node = try await answer(request("resources/read", #"{"uri": "belfry://sample"}"#))
    #expect(node["result"]?["contents"]?.elements?.first?["text"]?.string == #"{"a":1}"#)
    #expect(code(try await answer(request("resources/read", #"{"uri": "belfry://none"}"#))) == "-32002")
    let stateless = try await answer(request("resources/read", #"{"uri": "belfry://none", \#(Self.meta)}"#))
    #expect(code(stateless) == "-32602")
  }

  @Test(
    "refuses an invalid request with the reason",
    arguments: [
      ("{", "-32700"), ("", "-32700"), ("[]", "-32600"),
      (#"[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]"#, "-32600"),
      (#"{"id": 1, "method": "ping"}"#, "-32600"), (#"{"jsonrpc": "2.0", "id": 1}"#, "-32600"),
      (#"{"jsonrpc": "2.0", "id": {}, "method": "ping"}"#, "-32600"),
      (#"{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}"#, "-32602"),
      (#"{"jsonrpc": "2.0", "id": 1, "method": "odd"}"#, "-32601"),
      (#"{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "odd"}}"#, "-32602"),
      (String(repeating: "[", count: 5_000), "-32700"),
    ]
  )
  func malformed(message: String, expected: String) async throws {
    #expect(code(try await answer(message)) == expected)
  }

  @Test("does not answer a notification or an answer")
  func silence() async throws {
    for message in [
      #"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#, #"{"jsonrpc": "2.0", "id": 1, "result": {}}"#,
    ] {
      let bytes = await MCPService(SampleToolbox(), version: "1.0", report: { _ in }).answer(
        Array(message.utf8),
        by: .local
      )
      #expect(bytes == nil)
    }
  }

  @Test("removes control and direction characters from texts in an answer, and cuts them")
  func tidy() async throws {
    let text = "a\\u001b[2Jb\\u202ec" + String(repeating: "x", count: 9_000)
    let toolbox = SampleToolbox(answer: #"{"said": "\#(text)"}"#)
    let message = request("tools/call", #"{"name": "echo", "arguments": {"text": "hi"}}"#)
    let said = try await answer(message, toolbox: toolbox)["result"]?["structuredContent"]?["said"]?.string ?? ""
    #expect(said.hasPrefix("a\u{FFFD}[2Jbcxxx"))
    #expect(said.utf8.count < 4_100)
  }
}

@Suite("The MCP headers over HTTP")
struct MCPHeadersTests {
  private func failure(_ headers: MCPHeaders, _ message: String) -> RPCFailure.Code? {
    let rules = MCPProtocol(toolbox: SampleToolbox(), version: "1.0")
    if case .failure(let failure) = rules.step(RPCMessage(Array(message.utf8)), by: .local, headers: headers) {
      return failure.code
    }
    return nil
  }

  private static let call = """
    {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "a"},
     "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}}
    """

  @Test(
    "must agree with the body, or the request is refused",
    arguments: [
      ("2026-07-28", "tools/call", "echo", nil), ("2026-07-28", "tools/call", "=?base64?ZWNobw==?=", nil),
      (nil, "tools/call", "echo", .headerMismatch), ("2025-11-25", "tools/call", "echo", .headerMismatch),
      ("2026-07-28", "tools/list", "echo", .headerMismatch), ("2026-07-28", nil, "echo", .headerMismatch),
      ("2026-07-28", "tools/call", "shout", .headerMismatch), ("2026-07-28", "tools/call", nil, .headerMismatch),
    ] as [(String?, String?, String?, RPCFailure.Code?)]
  )
  func agreement(version: String?, method: String?, name: String?, expected: RPCFailure.Code?) {
    let headers = MCPHeaders(isHTTP: true, version: version, method: method, name: name)
    #expect(failure(headers, Self.call) == expected)
  }

  @Test("are optional for a client of the handshake's era, but must not name another era's version")
  func handshake() {
    let ping = #"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#
    #expect(failure(MCPHeaders(isHTTP: true), ping) == nil)
    #expect(failure(MCPHeaders(isHTTP: true, version: "2025-06-18"), ping) == nil)
    #expect(failure(MCPHeaders(isHTTP: true, version: "2026-07-28"), ping) == .headerMismatch)
  }
}
