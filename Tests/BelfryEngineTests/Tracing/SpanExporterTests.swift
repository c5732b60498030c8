// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Synchronization
import Testing
import Tracing

@Suite("Exported spans", .endsIfItHangs)
struct SpanExporterTests {
  private let queue = SpanQueue(capacity: 1_000)
  private let time = VirtualTime()
  private let printed = RecordedLines()
  private let registry = MetricsRegistry()

  private func exporter(_ endpoint: String, _ transport: any Transport) throws -> SpanExporter {
    var settings = TracingSettings()
    settings.endpoint = try #require(WebAddress(endpoint))
    settings.headers.fields = [HTTPField("x-key", secret: Secret("s3cr3t"))]
    return SpanExporter(
      queue,
      settings: settings,
      request: SpanRequest(version: "1.0", deployment: "prd"),
      transport: transport,
      time: time,
      console: Console(time: time) { [printed] in printed.add($0) },
      instruments: Instruments(registry)
    )
  }

  private func spans(_ count: Int) {
    let tracer = SpanTracer(queue)
    for number in 0..<count { tracer.startSpan("span \(number)", context: .topLevel).end() }
  }

  private var dropped: Double {
    guard case .number(let count)? = registry.readings(of: .spansDropped).first?.value else { return 0 }
    return count
  }

  /// Sends the waiting spans, with a second attempt because the first fails.
  private func flushTwice(_ exporter: SpanExporter) async {
    async let flushed: Void = exporter.flush()
    await time.whenAsleep(1)
    time.advance(by: .seconds(1))
    await flushed
  }

  @Test(
    "are an OTLP request in JSON: IDs in hexadecimal, times and 64-bit numbers as strings, kinds as numbers"
  )
  func request() async throws {
    let sink = try LoopbackHTTPServer { _ in .reply(200, "{}") }
    defer { sink.stop() }
    let tracer = SpanTracer(queue)
    let parent = tracer.startSpan("push", context: .topLevel, ofKind: .server)
    let child = tracer.startSpan("deliver", context: parent.context, ofKind: .client)
    child.attributes["text"] = "a \"b\"\n"
    child.attributes["whole"] = 7
    child.attributes["part"] = 0.5
    child.attributes["flag"] = true
    child.attributes["list"] = ["x", "y"]
    child.addEvent(SpanEvent(name: "begun", attributes: ["n": 1]))
    child.addLink(SpanLink(context: parent.context, attributes: [:]))
    child.setStatus(SpanStatus(code: .error, message: "no"))
    child.end()
    parent.end()
    child.attributes["late"] = 1
    let transport = SystemTransport(userAgent: "belfry/test")
    try await exporter(sink.url, PatientTransport(transport)).flush()
    await transport.shutdown()
    let request = try #require(sink.requests.first)
    #expect(sink.requests.count == 1)
    #expect(request.method == "POST" && request.target == "/v1/traces")
    #expect(request["content-type"] == "application/json" && request["x-key"] == "s3cr3t")
    let whole = try #require(try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
    let resource = try #require((whole["resourceSpans"] as? [[String: Any]])?.first)
    let named = try #require((resource["resource"] as? [String: Any])?["attributes"] as? [[String: Any]])
    #expect(
      named.contains {
        $0["key"] as? String == "service.name" && ($0["value"] as? [String: String]) == ["stringValue": "belfry"]
      }
    )
    let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
    #expect((scope["scope"] as? [String: String])?["name"] == "belfry")
    let spans = try #require(scope["spans"] as? [[String: Any]])
    #expect(spans.map { $0["name"] as? String } == ["deliver", "push"])
    #expect(spans.map { $0["kind"] as? Int } == [3, 2])
    let (first, second) = (spans[0], spans[1])
    #expect(try #require(first["traceId"] as? String).wholeMatch(of: /[0-9a-f]{32}/) != nil)
    #expect(try #require(first["spanId"] as? String).wholeMatch(of: /[0-9a-f]{16}/) != nil)
    #expect(first["traceId"] as? String == second["traceId"] as? String)
    #expect(first["parentSpanId"] as? String == second["spanId"] as? String && second["parentSpanId"] == nil)
    let begun = try #require((first["startTimeUnixNano"] as? String).flatMap { UInt64($0) })
    let ended = try #require((first["endTimeUnixNano"] as? String).flatMap { UInt64($0) })
    #expect(begun <= ended && begun > 1_700_000_000_000_000_000)
    let attributes = try #require(first["attributes"] as? [[String: Any]])
    #expect(Set(attributes.compactMap { $0["key"] as? String }) == ["text", "whole", "part", "flag", "list"])
    func value(_ key: String) -> [String: Any]? {
      attributes.first { $0["key"] as? String == key }?["value"] as? [String: Any]
    }
    #expect(value("text")?["stringValue"] as? String == "a \"b\"\n")
    #expect(value("whole")?["intValue"] as? String == "7")
    #expect(value("part")?["doubleValue"] as? Double == 0.5)
    #expect(value("flag")?["boolValue"] as? Bool == true)
    let list = (value("list")?["arrayValue"] as? [String: Any])?["values"] as? [[String: String]]
    #expect(list == [["stringValue": "x"], ["stringValue": "y"]])
    #expect(((first["events"] as? [[String: Any]])?.first?["timeUnixNano"] as? String) != nil)
    #expect((first["links"] as? [[String: Any]])?.first?["spanId"] as? String == second["spanId"] as? String)
    let status = try #require(first["status"] as? [String: Any])
    #expect(status["code"] as? Int == 2 && status["message"] as? String == "no")
  }

  @Test("are retried once if that is useful, then dropped, counted, and reported once")
  func retried() async throws {
    let asked = Mutex(0)
    let transport = ScriptedTransport { _ in
      let number = asked.withLock { count in
        count += 1
        return count
      }
      // The first batch is accepted at the second attempt, the next two never, the last one at once.
      return .http(HTTPReply(status: [503, 200, 503, 429, 400][safe: number - 1] ?? 200))
    }
    let exporter = try exporter("http://127.0.0.1:1", transport)
    spans(3)
    await flushTwice(exporter)
    #expect(transport.carried.count == 2 && dropped == 0 && printed.all.isEmpty)
    spans(4)
    await flushTwice(exporter)
    #expect(transport.carried.count == 4 && dropped == 4)
    spans(5)
    await exporter.flush()
    #expect(transport.carried.count == 5 && dropped == 9)
    #expect(printed.all.count == 1 && printed.contains("traces: spans are dropped: 127.0.0.1 answered HTTP 429"))
    spans(1)
    await exporter.flush()
    #expect(dropped == 9 && printed.all.count == 2 && printed.contains("accepts spans again"))
  }

  @Test("that a collector rejects are counted")
  func partial() async throws {
    let answer = HTTPReply(
      status: 200,
      body: Array(#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"x"}}"#.utf8)
    )
    let transport = ScriptedTransport { _ in .http(answer) }
    spans(3)
    try await exporter("http://127.0.0.1:1", transport).flush()
    #expect(dropped == 2)
  }

  @Test("wait in a limited number, are sent in batches, and the excess is counted")
  func bounded() async throws {
    let transport = ScriptedTransport { _ in .http(HTTPReply(status: 200)) }
    spans(1_200)
    try await exporter("http://127.0.0.1:1", transport).flush()
    #expect(transport.carried.count == 2)
    #expect(dropped == 200)
  }

  @Test("are sent every few seconds, and at once when a batch waits")
  func periodic() async throws {
    let (asked, asking) = AsyncStream<Void>.makeStream()
    let transport = ScriptedTransport { _ in
      asking.yield()
      return .http(HTTPReply(status: 200))
    }
    let exporter = try exporter("http://127.0.0.1:1", transport)
    var requests = asked.makeAsyncIterator()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await exporter.run() }
      await time.whenAsleep(1)
      spans(1)
      time.advance(by: .seconds(5))
      await requests.next()
      await time.whenAsleep(1)
      // Time does not advance now.
      spans(SpanQueue.batch)
      await requests.next()
      group.cancelAll()
    }
    #expect(transport.carried.count == 2)
    #expect(dropped == 0)
  }

  @Test("get a few seconds and one attempt when Belfry stops")
  func closing() async throws {
    let transport = ScriptedTransport { [time] _ in
      time.advance(by: .seconds(2))
      return .http(HTTPReply(status: 503))
    }
    spans(1_000)
    let exporter = try exporter("http://127.0.0.1:1", transport)
    await exporter.close()
    #expect(transport.carried.count == 2)
    #expect(dropped == 1_000)
    guard case .http(let last)? = transport.carried.last else { throw Unexpected() }
    #expect(last.limits.total <= .seconds(1))
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
