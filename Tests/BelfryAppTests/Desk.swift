// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
@testable import BelfryApp

/// A ledger in memory with the rules of a `channels.json`, on a clock that only the test moves.
struct Desk {
  let time = VirtualTime(startingAt: Desk.start)
  let ledger: any Ledger
  let configuration: File

  /// A `channels.json` that was read; GRDB has a `Configuration` of its own.
  typealias File = Configuration

  /// Friday, 2027-01-15T08:00:00Z.
  static let start = Instant(seconds: 1_800_000_000)

  init(_ json: String) async throws {
    let time = time
    configuration = try Desk.read(json)
    ledger = MemoryLedger(now: { time.now() }, ids: DeliveryIDSource(generator: Counting()))
    try await ledger.adopt(policy: policy)
  }

  static func read(_ json: String) throws -> Configuration {
    let reader = ConfigurationReader(
      registry: LinkedKinds.channels,
      sources: LinkedKinds.sources,
      environment: ["TOKEN": "xoxb-test"]
    )
    let source = SourceText(name: "channels.json", bytes: Array(json.utf8))
    let (configuration, findings) = reader.read(source, folder: "/nowhere")
    guard let configuration else { throw CommandFailure(PrintedText(lines: findings.map(\.text))) }
    return configuration
  }

  var policy: Policy { Policy(rules: configuration.rules) }
  var now: Instant { time.now() }
  /// The local time of someone in Paris.
  var clock: TimeText { TimeText(now: now, zone: TimeZone(identifier: "Europe/Paris") ?? .gmt) }

  /// Ingests events, and settles every delivery as successful except those on failing channels.
  @discardableResult
  func take(_ events: Event..., failing: [ChannelName: Settlement.Result] = [:]) async throws -> [Decision] {
    let terms = LeaseTerms(count: 99, duration: .seconds(120))
    let ingested = try await ledger.ingest(events, policy: policy, lease: terms)
    try await settle(ingested.leased, failing)
    return ingested.decisions.map(\.decision)
  }

  /// Advances the time, and fires what is due then.
  func advance(by duration: Duration, failing: [ChannelName: Settlement.Result] = [:]) async throws {
    time.advance(by: duration)
    let terms = LeaseTerms(count: 99, duration: .seconds(120))
    try await settle(try await ledger.fire(only: nil, policy: policy, lease: terms).leased, failing)
    try await settle(try await ledger.claim(terms, channels: nil), failing)
  }

  private func settle(_ leased: [LeasedDelivery], _ failing: [ChannelName: Settlement.Result]) async throws {
    _ = try await ledger.settle(
      leased.map { one in
        let result = failing[one.delivery.channel] ?? .delivered(Receipt())
        return Settlement(id: one.delivery.id, token: one.token, result: result)
      }
    )
  }

  /// The output of `belfry why` for an alert.
  func why(_ id: String, last: Int = 20) async throws -> String {
    let report = try await WhyReport.read(id, from: ledger, configuration, last: last)
    return report.text(clock, configuration.notes)
  }

  /// The actions of a command beside the notifier; `rows` keeps what is audited.
  func operations(
    _ rows: KeptRows = KeptRows(),
    time other: (any TimeSource)? = nil,
    carrier: any Carrying = ScriptedTransport { ScriptedTransport.accept($0) }
  ) -> (operations: Operations, audit: AuditLog) {
    let time = other ?? time
    let audit = AuditLog(rows: rows, time: time, console: Console(time: time) { _ in })
    let operations = Operations(
      ledger: ledger,
      engine: LedgerEngine(ledger: ledger) { [policy] in policy },
      carrier: carrier,
      audit: audit,
      time: time
    ) { [configuration] in configuration }
    return (operations, audit)
  }
}

/// A counter instead of random bits, so that IDs are the same in every run.
private struct Counting: RandomNumberGenerator, Sendable {
  var last: UInt64 = 0
  mutating func next() -> UInt64 {
    last += 1
    return last
  }
}

extension Alert {
  static func sample(
    _ id: String,
    _ severity: Severity = .warning,
    _ category: String = "disk",
    source: SourceName = "app",
    labels: Labels = [:]
  ) -> Alert {
    Alert(source: source, id: id, severity: severity, category: category, title: "Trouble with \(id)", labels: labels)
  }
}
