// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy
internal import Foundation

// What people ask for, beside much history.
extension BelfryBench {
  private static let active = 1_000

  /// Measures reports with so many ended alerts in the ledger: `BELFRY_BENCH_HISTORY`, 100,000 by default.
  static func measureHistory(in folder: String) async throws {
    let ended = ProcessInfo.processInfo.environment["BELFRY_BENCH_HISTORY"].flatMap(Int.init) ?? 100_000
    let channel = #"{ "kind": "file", "path": "out.jsonl" }"#
    let environment = try await DeliveryEnvironment(channel: channel, folder: folder, ledger: "history")
    try await live(0..<ended, in: environment, isEnded: true)
    try await live(ended..<ended + active, in: environment, isEnded: false)
    let (ledger, configuration) = (environment.ledger, environment.configuration)
    let what = "\(ended) ended alerts"
    for (name, id) in [
      ("an active alert", "alert-\(ended)"), ("an ended alert", "alert-1"), ("an unknown one", "alert"),
    ] {
      try await measure("\(what): why, \(name)") {
        _ = try await WhyReport.read(id, from: ledger, configuration, last: 20)
      }
    }
    try await measure("\(what): status") { _ = try await StatusReport.read(ledger, configuration) }
    try await measure("\(what): the last hours") {
      _ = try await ledger.hours(since: Instant(seconds: Int64(Date.now.timeIntervalSince1970) - 86_400))
    }
    try await measure("\(what): what a start counts") { _ = try await ledger.recount() }
    try await environment.close()
  }

  /// Prints the median time of five runs.
  private static func measure(_ what: String, _ body: () async throws -> Void) async throws {
    var times: [Duration] = []
    for _ in 0..<5 { times.append(try await ContinuousClock().measure(body)) }
    row(what, times.sorted()[2].inSeconds * 1_000, "ms")
  }

  /// Has alerts fire, arrive and end.
  private static func live(_ range: Range<Int>, in environment: DeliveryEnvironment, isEnded: Bool) async throws {
    let (ledger, policy) = (environment.ledger, Policy(rules: environment.configuration.rules))
    let terms = LeaseTerms(count: 1_000, duration: .seconds(60))
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 1_000) {
      let alerts = Samples.alerts(start..<min(range.upperBound, start + 1_000))
      let leased = try await ledger.ingest(alerts.map { .fired($0) }, policy: policy, lease: terms).leased
      _ = try await ledger.settle(
        leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: .delivered(Receipt())) }
      )
      if isEnded { _ = try await ledger.ingest(alerts.map { .resolved($0.key) }, policy: policy, lease: nil) }
    }
  }
}
