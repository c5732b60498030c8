// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

/// Investigators of the kinds `http` and `chat`, asked over the real transport.
@Suite("An investigator on a server", .endsIfItHangs)
struct InvestigatorServerTests {
  private static let secret = "l00k-s3cret"

  /// Asks the investigator `json` about one finding, and returns the message and the rows of the audit log.
  private func ask(_ json: String) async throws -> (sent: String, row: String) {
    let transport = SystemTransport(userAgent: "belfry/test")
    let environment = try InvestigatorEnvironment(
      #""consecutive": 1, "investigator": \#(json)"#,
      transport: transport,
      environment: ["TOKEN": Self.secret]
    )
    var sent: [String] = []
    try await environment.during {
      try environment.found("web")
      await environment.poll()
      sent = try await environment.sentMessages()
    }
    let rows = await environment.audited()
    await transport.shutdown()
    #expect(sent.count == 1 && rows.count == 1, "\(sent) \(rows)")
    #expect(!"\(sent) \(rows) \(environment.printed.all)".contains(Self.secret))
    return (sent.first ?? "", rows.first ?? "")
  }

  /// By default the time limit is one that only a hang reaches.
  private static func http(_ url: String, timeout: String = "10m") -> String {
    #"{"kind": "http", "url": "\#(url)/ask", "token": "${TOKEN}", "timeout": "\#(timeout)", "max_output": 4096}"#
  }

  private static func chat(_ server: LoopbackHTTPServer) -> String {
    #"""
    {"kind": "chat", "url": "\#(server.url)/v1/chat/completions", "model": "small", "token": "${TOKEN}",
     "timeout": "10m", "max_output": 4096}
    """#
  }

  @Test("gets the event as JSON with the token, and the body of its answer is sent")
  func http() async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, "The disk is full.\n") }
    let (sent, row) = try await ask(Self.http(server.url))
    #expect(sent.contains("The disk is full.") && !sent.contains("HTTP 503"))
    #expect(row.contains(#""status":"ok""#))
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1 && request.method == "POST" && request.target == "/ask")
    #expect(request["content-type"] == "application/json")
    #expect(request["authorization"] == "Bearer \(Self.secret)")
    let event = try #require(InvestigationEvent(json: String(decoding: request.body, as: UTF8.self)))
    #expect(event.subject == "web" && event.detail == "HTTP 503" && event.snapshot == ["bad_looks": "3"])
    server.stop()
  }

  @Test("gets a chat completion request if it is a model, and the text of its choice is sent")
  func chat() async throws {
    let answer = #"{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"It is \"down\"."}}]}"#
    let server = try LoopbackHTTPServer { _ in .reply(200, answer) }
    let (sent, row) = try await ask(Self.chat(server))
    #expect(sent.contains(#"It is \"down\"."#))
    #expect(row.contains(#""status":"ok""#))
    let request = try #require(server.requests.first)
    #expect(request.target == "/v1/chat/completions" && request["authorization"] == "Bearer \(Self.secret)")
    let body = try #require(JSONTree.parse(SourceText(name: "body", bytes: request.body)).node)
    #expect(body["model"]?.string == "small")
    #expect(body["messages"]?.elements?.map { $0["role"]?.string } == ["system", "user"])
    let event = body["messages"]?.elements?.last?["content"]?.string ?? ""
    #expect(InvestigationEvent(json: event)?.subject == "web")
    server.stop()
  }

  /// A server without a usable answer.
  struct Bad: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let answer: LoopbackAnswer
    let code: String
    let reason: String

    /// The time limits to try: if the server lets one be reached, a machine may be too busy to send the request within
    /// a short one.
    var timeouts: [String] { code == "timed_out_after_sending" ? ["1s", "8s", "64s", "10m"] : ["10m"] }
  }

  private static let bad = [
    Bad(testDescription: "an error", answer: .reply(503, "sorry"), code: "http_503", reason: "answered HTTP 503"),
    Bad(
      testDescription: "a redirect",
      answer: .reply(307, fields: [("Location", "/elsewhere")]),
      code: "http_307",
      reason: "answered HTTP 307"
    ),
    Bad(testDescription: "nothing", answer: .reply(200), code: "no_text", reason: "returned no text"),
    Bad(testDescription: "white space", answer: .reply(200, " \r\n\t"), code: "no_text", reason: "returned no text"),
    Bad(
      testDescription: "too much",
      answer: .reply(200, String(repeating: "a", count: 4_097)),
      code: "too_long",
      reason: "4096 bytes of `max_output`"
    ),
    Bad(
      testDescription: "silence",
      answer: .silent,
      code: "timed_out_after_sending",
      reason: "No answer from an investigator"
    ),
    Bad(
      testDescription: "an answer that never ends",
      answer: .dripped(bytes: 1, every: .milliseconds(100), .reply(200, String(repeating: "a", count: 1_000))),
      code: "timed_out_after_sending",
      reason: "No answer from an investigator"
    ),
    Bad(testDescription: "a reset", answer: .reset, code: "connection_lost", reason: "No answer from an investigator"),
    Bad(
      testDescription: "half an answer",
      answer: .cutOff(after: 60, .reply(200, String(repeating: "a", count: 100))),
      code: "connection_lost",
      reason: "No answer from an investigator"
    ),
  ]

  @Test(
    "without a usable answer leads to a message with the event verbatim and the reason",
    arguments: bad
  )
  func badHTTP(bad: Bad) async throws {
    let server = try LoopbackHTTPServer { _ in bad.answer }
    var (sent, row) = ("", "")
    for timeout in bad.timeouts where !row.contains(bad.code) {
      (sent, row) = try await ask(Self.http(server.url, timeout: timeout))
    }
    for text in [bad.reason, "web is unhealthy", "HTTP 503", "bad_looks: 3"] {
      #expect(sent.contains(text), "\(text) in \(sent)")
    }
    #expect(row.contains(#""status":"fallback","error":"\#(bad.code)""#), "\(row)")
    #expect(server.requests.allSatisfy { $0.target == "/ask" }, "no redirect is followed")
    server.stop()
  }

  @Test("that is unreachable leads to a message with the event and the reason")
  func gone() async throws {
    let port = try RefusingPort()
    let (sent, row) = try await ask(Self.http(port.url))
    #expect(sent.contains("HTTP 503"))
    #expect(row.contains(#""error":"not_connected""#), "\(row)")
  }

  @Test(
    "with an invalid model answer leads to a message with the event and the reason",
    arguments: [
      (#"{"choices":[{"message":{"content":"#, "no_choice"), ("<html>sorry</html>", "no_choice"), ("[]", "no_choice"),
      (#"{"choices":{}}"#, "no_choice"), (#"{"choices":[{"message":{"content":["a"]}}]}"#, "no_text"),
      (#"{"choices":[{"message":{"content":""}}]}"#, "no_text"),
      (#"{"error":{"message":"quota"}}"#, "no_choice"),
    ]
  )
  func badChat(_ body: String, _ code: String) async throws {
    let server = try LoopbackHTTPServer { _ in .reply(200, body) }
    let (sent, row) = try await ask(Self.chat(server))
    #expect(sent.contains("No answer from an investigator") && sent.contains("HTTP 503"))
    #expect(row.contains(#""status":"fallback","error":"\#(code)""#), "\(row)")
    server.stop()
  }

  @Test("with a model answer that is too long, in any encoding, leads to a message with the event")
  func longChat() async throws {
    let words = String(repeating: "\\u0061", count: 4_097)
    let server = try LoopbackHTTPServer { _ in .reply(200, #"{"choices":[{"message":{"content":"\#(words)"}}]}"#) }
    let (sent, row) = try await ask(Self.chat(server))
    #expect(sent.contains("4096 bytes of `max_output`") && sent.contains("HTTP 503"))
    #expect(row.contains(#""error":"too_long""#))
    server.stop()
  }

  @Test("that hangs does not delay stopping the watch")
  func stopped() async throws {
    let server = try LoopbackHTTPServer { _ in .silent }
    let transport = SystemTransport(userAgent: "belfry/test")
    let json = #"{"kind": "http", "url": "\#(server.url)/ask", "timeout": "15m"}"#
    let environment = try InvestigatorEnvironment(#""consecutive": 1, "investigator": \#(json)"#, transport: transport)
    // The suite's time limit is far below that of the question.
    try await environment.during {
      try environment.found("web")
      await environment.poll()
      await server.received()
    }
    #expect(try await environment.ledger.marks(beginning: "wake.open.").count == 1)
    await transport.shutdown()
    server.stop()
  }
}
