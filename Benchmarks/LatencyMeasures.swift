// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport
internal import Synchronization

// The time one alert takes through the notifier under light load.
extension BelfryBench {
  private struct Moments {
    var handedIn: [ContinuousClock.Instant] = []
    var accepted: [ContinuousClock.Instant] = []
    var settled: [Int: ContinuousClock.Instant] = [:]
  }

  static func measureLatency(in folder: String, count: Int = 1_000) async throws {
    let sink = try Sink(.http)
    defer { sink.stop() }
    let settled = Mutex([Int: ContinuousClock.Instant]())
    let environment = try await DeliveryEnvironment(
      channel: webhook(sink.port, concurrency: 8),
      folder: folder,
      ledger: "latency"
    ) {
      line in
      // The line about a delivery is logged after its commit.
      guard line.contains(" sent out "), let number = number(in: line) else { return }
      settled.withLock { $0[number] = .now }
    }
    var moments = Moments()
    try await withThrowingTaskGroup { group in
      group.addTask { try await environment.dispatcher.run() }
      let clock = ContinuousClock()
      let start = clock.now
      var report = CycleReport(active: count)
      for (index, alert) in Samples.alerts(count).enumerated() {
        try await clock.sleep(until: start + .milliseconds(10 * index), tolerance: .zero)
        moments.handedIn.append(clock.now)
        try await environment.notifier.ingest([.fired(alert)], &report)
        moments.accepted.append(clock.now)
      }
      while settled.withLock(\.count) < count, clock.now - start < .seconds(60) {
        try await clock.sleep(for: .milliseconds(10))
      }
      group.cancelAll()
    }
    moments.settled = settled.withLock { $0 }
    print(moments, sink.arrivals)
    try await environment.close()
  }

  private static func print(_ moments: Moments, _ arrivals: [ContinuousClock.Instant]) {
    // At this rate they arrive in the order in which they were submitted.
    let both = zip(moments.handedIn, moments.accepted)
    percentiles("handed in to accepted", both.map { $1 - $0 })
    percentiles("handed in to received", zip(moments.handedIn, arrivals).map { $1 - $0 })
    percentiles("accepted to received", zip(moments.accepted, arrivals).map { $1 - $0 })
    let settled = moments.accepted.enumerated().compactMap { index, moment in
      moments.settled[index].map { $0 - moment }
    }
    percentiles("accepted to delivered in the ledger", settled)
  }

  private static func percentiles(_ what: String, _ durations: [Duration]) {
    guard !durations.isEmpty else { return }
    let sorted = durations.sorted()
    row("webhook at 100/s, \(what): p50", sorted[sorted.count / 2].inSeconds * 1_000, "ms")
    row("webhook at 100/s, \(what): p99", sorted[sorted.count * 99 / 100].inSeconds * 1_000, "ms")
  }

  private static func number(in line: String) -> Int? {
    line.firstRange(of: "alert-").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
  }
}
