// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import CoreMetrics
import Synchronization
import Testing

@Suite("The metrics")
struct InstrumentsTests {
  private static let json = """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "journal"}], "cooldown": "0s",
     "sources": {"app": {"kind": "file", "path": "alerts.json"}}}
    """

  @Test("count reads, decisions, transactions, attempts and their results as they happen")
  func counted() async throws {
    let time = VirtualTime()
    let environment = try TestEnvironment(InstrumentsTests.json, time: time) { outgoing in
      time.advance(by: .milliseconds(300))
      return ScriptedTransport.accept(outgoing)
    }
    let source = ScriptedSource("app")
    let active = ActiveSet(source: "app", hashes: [:])
    var watches = [SourceWatch(source.configured, every: .seconds(60), active: active, from: time.now())]
    source.say([alert("a")])
    _ = try await environment.notifier.cycle(&watches)
    try await environment.dispatcher.drain()
    source.fail("gone")
    time.advance(by: .seconds(60))
    _ = try await environment.notifier.cycle(&watches)

    #expect(environment.shown(.readings) == ["app failed: 1", "app good: 1"])
    #expect(environment.shown(.decisions) == ["routes[0] notify: 1"])
    #expect(environment.shown(.settled) == ["journal delivered: 1"])
    #expect(environment.total(.attemptTime) == [1])
    let waited = try #require(environment.registry.readings(of: .deliveryTime).first)
    guard case .histogram(let buckets, let sum, let count) = waited.value else { throw Unexpected() }
    #expect(count == 1)
    #expect(sum == 0.3)
    #expect(buckets.first { $0.bound == 0.25 }?.count == 0)
    #expect(buckets.first { $0.bound == 0.5 }?.count == 1)
    #expect(environment.registry.readings(of: .ledgerTime).flatMap(\.labels).map(\.value).contains("settle"))
  }

  @Test("count a delivery that is given up as dead, and one that is retried as retried")
  func failing() async throws {
    let environment = try TestEnvironment(InstrumentsTests.json) { _ in
      .failed(TransportFailure(.notConnected, "no route"))
    }
    var report = CycleReport(active: 0)
    try await environment.notifier.ingest([.fired(alert("a"))], &report)
    try await environment.dispatcher.drain()
    #expect(environment.shown(.settled) == ["journal retried: 1"])
    #expect(environment.registry.readings(of: .deliveryTime).isEmpty)
  }

  @Test("start at zero for everything that may fail")
  func prepared() throws {
    let environment = try TestEnvironment(InstrumentsTests.json) { ScriptedTransport.accept($0) }
    Instruments(environment.registry).prepare(for: environment.configuration)
    #expect(environment.shown(.settled).contains("journal dead: 0"))
    #expect(environment.shown(.readings) == ["app failed: 0", "app good: 0"])
  }

  @Test("have no more series than the limit, and count the rest together")
  func bounded() {
    let registry = MetricsRegistry(limit: 2)
    for rule in ["a", "b", "c", "d", "a"] {
      Counter(label: Metric.decisions.name, dimensions: [("rule", rule)], factory: registry).increment()
    }
    let readings = registry.readings(of: .decisions)
    #expect(readings.map { $0.labels.map(\.value) } == [["a"], ["b"], ["other"]])
    #expect(readings.map(\.value) == [.number(2), .number(1), .number(2)])
  }

  @Test("create a counter once, however often it counts")
  func kept() {
    let factory = CountingFactory()
    let instruments = Instruments(factory)
    for _ in 0..<100 {
      for outcome in [Decision.Outcome.suppress, .hold(until: nil)] {
        instruments.decided(
          Decision(
            alert: AlertKey(source: "app", id: "a"),
            severity: .info,
            outcome: outcome,
            cause: Decision.Cause(.firstSeen),
            rule: Rule(path: "routes[0]", line: 1)
          )
        )
      }
    }
    #expect(factory.made.withLock { $0 } == 2)
    let readings = factory.registry.readings(of: .decisions)
    #expect(readings.map(\.value) == [.number(100), .number(100)])
  }

  @Test("put each value in the bucket of the first bound that it does not exceed, and in all above")
  func buckets() throws {
    let registry = MetricsRegistry()
    let timer = Timer(label: Metric.ledgerTime.name, factory: registry)
    for milliseconds in [1, 2, 6_000] { timer.recordNanoseconds(Int64(milliseconds) * 1_000_000) }
    let reading = try #require(registry.readings(of: .ledgerTime).first)
    guard case .histogram(let buckets, let sum, let count) = reading.value else { throw Unexpected() }
    #expect(buckets.prefix(2).map(\.count) == [1, 2])
    #expect(buckets.last?.count == 2)
    #expect(count == 3)
    #expect(abs(sum - 6.003) < 0.000_001)
  }

  @Test("ignore names that are not Belfry's, or have another type")
  func unknown() {
    let registry = MetricsRegistry()
    Counter(label: "http_requests_total", factory: registry).increment()
    Counter(label: Metric.reloadGood.name, factory: registry).increment()
    #expect(Metric.allCases.allSatisfy { registry.readings(of: $0).isEmpty })
  }
}

/// A factory that counts how often counters are requested.
private final class CountingFactory: MetricsFactory {
  let registry = MetricsRegistry()
  let made = Mutex(0)

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    made.withLock { $0 += 1 }
    return registry.makeCounter(label: label, dimensions: dimensions)
  }
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    registry.makeRecorder(label: label, dimensions: dimensions, aggregate: aggregate)
  }
  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    registry.makeTimer(label: label, dimensions: dimensions)
  }
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}
}

extension TestEnvironment {
  /// The series of a counter: label values and count.
  func shown(_ metric: Metric) -> [String] {
    registry.readings(of: metric).map { reading in
      let value = if case .number(let value) = reading.value { "\(Int(value))" } else { "?" }
      return reading.labels.map(\.value).joined(separator: " ") + ": " + value
    }
  }

  /// The number of observations in each series of a histogram.
  fileprivate func total(_ metric: Metric) -> [Int] {
    registry.readings(of: metric).map { if case .histogram(_, _, let count) = $0.value { count } else { -1 } }
  }
}
