// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Synchronization
import Testing

@Suite("The sources of channels.json")
struct PollingTests {
  /// Polls the sources once in each of so many intervals.
  private func cycle(_ environment: TestEnvironment, _ count: Int) async throws {
    var watches = try await environment.watches(environment.configuration.sources)
    for _ in 0..<count {
      _ = try await environment.notifier.cycle(&watches)
      environment.time.advance(by: environment.configuration.interval)
    }
    await environment.audit.flush()
  }

  private static func file(_ source: String) -> String {
    """
    {"channels": {"log": {"kind": "file", "path": "x"}}, "routes": [{"to": "log"}], "sources": {"it": \(source)}}
    """
  }

  @Test("send their requests, and a bad probe is a row of the audit log each time")
  func probe() async throws {
    let probe = Self.file(#"{"kind": "probe", "http": "https://web.example.com/health"}"#)
    let environment = try TestEnvironment(probe) { outgoing in
      if case .http = outgoing { .http(HTTPReply(status: 503)) } else { ScriptedTransport.accept(outgoing) }
    }
    try await cycle(environment, 3)
    let rows = environment.rows.all.filter { $0.contains("probe.wake_requested") }
    #expect(rows.count == 2)
    #expect(rows.allSatisfy { $0.contains(#""probe":"it""#) && $0.contains(#""severity":"critical""#) })
    #expect(try await environment.ledger.record(of: AlertKey(source: "it", id: "probe"))?.isActive == true)
  }

  @Test("read by a map keep their alerts while the answer has no list")
  func mapped() async throws {
    let source = Self.file(
      #"{"kind": "http", "url": "https://a.example", "map": {"list": "items", "id": "n", "title": "t"}}"#
    )
    let bodies = Counter()
    let environment = try TestEnvironment(source) { outgoing in
      guard case .http = outgoing else { return ScriptedTransport.accept(outgoing) }
      let body = bodies.next() == 0 ? #"{"items": [{"n": 7, "t": "T"}]}"# : #"{"error": "later"}"#
      return .http(HTTPReply(status: 200, body: Array(body.utf8)))
    }
    try await cycle(environment, 2)
    #expect(try await environment.ledger.record(of: AlertKey(source: "it", id: "7"))?.isActive == true)
    #expect(environment.printed.contains("there is no `items`: the answer has `error`; its 1 alert"))
  }
}

/// Counts from 0.
private final class Counter: Sendable {
  private let count = Mutex(0)
  func next() -> Int {
    count.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}
