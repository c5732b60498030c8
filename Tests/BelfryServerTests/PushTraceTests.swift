// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryTestKit
import Testing

@testable import BelfryServer

@Suite("The trace of a push")
struct PushTraceTests {
  private static let parent = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"

  @Test("is the one named by its request, up to the delivery attempt")
  func goesOn() async throws {
    let queue = SpanQueue()
    try await TestServer.run(spans: queue) { server in
      let headers = ["traceparent": PushTraceTests.parent]
      let answer = try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]", headers: headers)
      #expect(answer.status == 200)
      #expect(try await server.delivered() == 1)
    }
    let spans = queue.take().spans
    let push = try #require(spans.first { $0.name == "POST /api/v2/alerts" })
    #expect(push.context.trace.description == "0af7651916cd43dd8448eb211c80319c")
    #expect(push.parent == 0x00f0_67aa_0ba9_02b7)
    for name in ["ledger ingest", "decide", "deliver"] {
      #expect(spans.first { $0.name == name }?.context.trace == push.context.trace, "\(name)")
    }
    #expect(spans.first { $0.name == "deliver" }?.parent == push.context.span)
  }

  @Test("is a new one if the request names none or an invalid one, and is not recorded if its origin does not")
  func begins() async throws {
    let queue = SpanQueue()
    try await TestServer.run(spans: queue) { server in
      for parent in ["", "00-wrong", String(PushTraceTests.parent.dropLast()) + "0"] {
        _ = try await server.send("POST", "/v1/alerts", #"{"id": "a", "title": "T"}"#, headers: ["traceparent": parent])
      }
    }
    let pushes = queue.take().spans.filter { $0.name == "POST /v1/alerts" }
    #expect(pushes.count == 2)
    #expect(pushes.allSatisfy { $0.parent == nil })
    #expect(Set(pushes.map(\.context.trace)).count == 2)
  }
}
