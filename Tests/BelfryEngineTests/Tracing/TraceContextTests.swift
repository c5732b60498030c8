// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import Testing
import Tracing

@Suite("The trace context")
struct TraceContextTests {
  @Test("is read and written according to W3C Trace Context")
  func roundTrip() throws {
    let text = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
    let context = try #require(TraceContext(traceparent: text))
    #expect("\(context.trace)" == "0af7651916cd43dd8448eb211c80319c")
    #expect(context.spanText == "00f067aa0ba902b7")
    #expect(context.isSampled)
    #expect(context.traceparent == text)
    #expect(TraceContext(traceparent: String(text.dropLast()) + "2")?.isSampled == false)
    #expect(TraceContext(traceparent: "cc" + text.dropFirst(2) + "-what-comes-later") == context)
  }

  @Test(
    "is ignored if it is malformed",
    arguments: [
      "", "00", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7",
      "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-",
      "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01x",
      "cc-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01x",
      "ff-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
      "00-0AF7651916CD43DD8448EB211C80319C-00f067aa0ba902b7-01",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
      "00_0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
      "00-0af7651916cd43dd8448eb211c80319g-00f067aa0ba902b7-01",
      "é0-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-1",
    ]
  )
  func broken(text: String) { #expect(TraceContext(traceparent: text) == nil) }

  @Test(
    "decides for a whole trace whether it is recorded: by the configured share, or as its origin decided"
  )
  func sampling() {
    let queue = SpanQueue(capacity: 10_000)
    let tracer = SpanTracer(queue, share: 0.25)
    for _ in 0..<2_000 {
      let root = tracer.startSpan("root", context: .topLevel)
      let child = tracer.startSpan("child", context: root.context)
      #expect(child.isRecording == root.isRecording)
      child.end()
      root.end()
    }
    let recorded = drained(queue).count
    #expect((700...1_300).contains(recorded), "\(recorded) of 4,000")
    var unsampled = InstrumentationContext.topLevel
    unsampled.trace = TraceContext(trace: .init(high: 1, low: 1), span: 7, isSampled: false)
    SpanTracer(queue).startSpan("not this", context: unsampled).end()
    #expect(drained(queue).isEmpty)
    unsampled.trace?.isSampled = true
    SpanTracer(queue, share: 0).startSpan("this", context: unsampled).end()
    #expect(drained(queue).map(\.parent) == [7])
  }

  private func drained(_ queue: SpanQueue) -> [FinishedSpan] {
    var spans: [FinishedSpan] = []
    while case let next = queue.take().spans, !next.isEmpty { spans += next }
    return spans
  }
}
