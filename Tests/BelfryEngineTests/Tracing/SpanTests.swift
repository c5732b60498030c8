// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import InMemoryTracing
import Testing
import Tracing

@Suite("Spans of the notifier's work")
struct SpanTests {
  private static let journal = """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "journal"}], "cooldown": "0s"}
    """

  private func cycle(_ environment: TestEnvironment, _ source: ScriptedSource) async throws {
    let active = ActiveSet(source: source.name, hashes: [:])
    var watches = [SourceWatch(source.configured, every: .seconds(60), active: active, from: environment.time.now())]
    _ = try await environment.notifier.cycle(&watches)
    try await environment.dispatcher.drain()
  }

  @Test("show an alert's way from the source to its recipients, as one trace")
  func way() async throws {
    let tracer = InMemoryTracer()
    let environment = try TestEnvironment(SpanTests.journal, tracer: tracer) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a", .warning)])
    try await cycle(environment, source)
    let spans = tracer.finishedSpans
    let cycle = try #require(spans.first { $0.operationName == "cycle" })
    #expect(cycle.parentSpanID == nil)
    #expect(cycle.attributes.get("belfry.new") == .int64(1))
    let names = ["read source", "ledger ingest", "decide", "deliver", "ledger settle"]
    for name in names {
      let span = try #require(spans.first { $0.operationName == name }, "\(name)")
      #expect(span.traceID == cycle.traceID, "\(name)")
    }
    let parents = Dictionary(spans.map { ($0.operationName, $0.parentSpanID) }) { first, _ in first }
    let ingest = try #require(spans.first { $0.operationName == "ledger ingest" })
    #expect(parents["read source"] == cycle.spanID && parents["decide"] == ingest.spanID)
    let deliver = try #require(spans.first { $0.operationName == "deliver" })
    #expect(deliver.kind == .client)
    #expect(deliver.attributes.get("belfry.channel") == .string("journal"))
    #expect(deliver.attributes.get("belfry.alert_id") == .string("app/a"))
    #expect(deliver.attributes.get("belfry.attempt") == .int64(1))
    #expect(deliver.attributes.get("belfry.outcome") == .string("delivered"))
    #expect(deliver.status == nil)
    #expect(tracer.activeSpans.isEmpty)
  }

  @Test("of failures are errors with the reason, one per attempt")
  func failing() async throws {
    let tracer = InMemoryTracer()
    let environment = try TestEnvironment(SpanTests.journal, tracer: tracer) { _ in
      .failed(TransportFailure(.diskFull, "no space is left"))
    }
    let source = ScriptedSource("app")
    source.say([alert("a")])
    try await cycle(environment, source)
    environment.time.advance(by: .seconds(600))
    try await environment.dispatcher.drain()
    let attempts = tracer.finishedSpans.filter { $0.operationName == "deliver" }
    #expect(attempts.compactMap { $0.attributes.get("belfry.attempt") } == [.int64(1), .int64(2)])
    #expect(Set(attempts.map(\.traceID)).count == 1)
    for attempt in attempts {
      #expect(attempt.status?.code == .error)
      #expect(attempt.status?.message?.contains("no space is left") == true)
      #expect(attempt.attributes.get("belfry.outcome") == .string("retried"))
    }
    source.fail("it is gone")
    try await cycle(environment, source)
    let reading = try #require(tracer.finishedSpans.last { $0.operationName == "read source" })
    #expect(reading.status == SpanStatus(code: .error, message: "it is gone"))
  }

  @Test("contain no title and no detail of an alert")
  func discreet() async throws {
    let tracer = InMemoryTracer()
    let environment = try TestEnvironment(SpanTests.journal, tracer: tracer) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a", title: "Very private")])
    try await cycle(environment, source)
    #expect(tracer.finishedSpans.count >= 6)
    for span in tracer.finishedSpans { #expect(!"\(span.attributes)".contains("private"), "\(span.operationName)") }
  }

  @Test("give their IDs to their log lines, each attempt its own")
  func lines() async throws {
    let queue = SpanQueue()
    let environment = try TestEnvironment(SpanTests.journal, tracer: SpanTracer(queue), format: .json) {
      ScriptedTransport.accept($0)
    }
    let source = ScriptedSource("app")
    source.say([alert("a"), alert("b"), alert("c")])
    try await cycle(environment, source)
    let spans = queue.take().spans
    let objects = try environment.printed.all.map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    let sent = objects.filter { $0["topic"] as? String == "delivery" }
    #expect(sent.count == 3)
    for line in sent {
      let span = try #require(spans.first { $0.context.spanText == line["span_id"] as? String }, "\(line)")
      #expect(span.attributes.get("belfry.delivery_id") == (line["delivery"] as? String).map { .string($0) })
      #expect("\(span.context.trace)" == line["trace_id"] as? String)
    }
    let cycle = try #require(spans.first { $0.name == "cycle" })
    let decision = try #require(objects.first { $0["topic"] as? String == "decision" })
    #expect(decision["span_id"] as? String == cycle.context.spanText)
    // A settlement of one attempt is part of it, one of several is linked to each.
    let settled = spans.filter { $0.name == "ledger settle" }.flatMap { span in
      span.links.isEmpty ? [span.parent] : span.links.map { $0.context.trace?.span }
    }
    #expect(Set(settled) == Set(spans.filter { $0.name == "deliver" }.map(\.context.span)))
  }

  @Test(
    "continue at a webhook's receiver, unless the operator turns that off, and nowhere without a tracer",
    arguments: [(true, "{}"), (true, #"{"TraceParent": "mine"}"#), (false, "{}")]
  )
  func webhook(isTraced: Bool, headers: String) async throws {
    let queue = SpanQueue()
    let own = headers == "{}" ? "" : #", "headers": \#(headers)"#
    let json =
      #"{"channels": {"hook": {"kind": "webhook", "url": "https://hook.example.com/x"\#(own)}}, "routes": [{"to": "hook"}]}"#
    let environment = try TestEnvironment(json, tracer: isTraced ? SpanTracer(queue) : nil) {
      ScriptedTransport.accept($0)
    }
    try await environment.notifier.ingest([.fired(alert("a"))])
    try await environment.dispatcher.drain()
    guard case .http(let exchange)? = environment.sent.first else { throw Unexpected() }
    let fields = exchange.fields.filter { $0.name.lowercased() == "traceparent" }.map(\.value)
    let span = queue.take().spans.first { $0.name == "deliver" }
    #expect((span != nil) == isTraced)
    #expect(fields == (own.isEmpty ? span.map { [.text($0.context.traceparent)] } ?? [] : [.text("mine")]))
  }

  @Test("do not exist, and no context is set, without a tracer")
  func off() async {
    let seen = await Instruments().span("nothing") { span in (span == nil, InstrumentationContext.current == nil) }
    #expect(seen == (true, true))
  }
}
