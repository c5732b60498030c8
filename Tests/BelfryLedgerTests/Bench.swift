// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTesting
import Testing

/// The implementations that every semantics test runs on.
enum Store: String, CaseIterable, CustomTestStringConvertible {
  case memory
  case sqlite

  var testDescription: String { rawValue }
}

/// A ledger on a clock that only the test moves.
struct Bench {
  let time = VirtualTime(startingAt: Bench.start)
  let ledger: any Ledger
  private let folder: TemporaryFolder

  init(
    _ store: Store,
    ids: DeliveryIDSource = DeliveryIDSource(),
    at path: String? = nil,
    as role: LedgerRole = .guest
  ) async throws {
    let time = time
    folder = try TemporaryFolder()
    switch store {
    case .memory: ledger = MemoryLedger(now: { time.now() }, ids: ids)
    case .sqlite:
      let path = path ?? folder.path("belfry.db")
      ledger = try await SQLiteLedger.open(path: path, as: role, now: { time.now() }, ids: ids)
    }
  }

  /// The start of every clock.
  static let start = Instant(seconds: 1_800_000_000)

  /// Downgrades a file to the version before alerts' own timers were in their rows, and before there were totals of
  /// channels.
  static let backToVersion6 = """
    INSERT INTO timers SELECT 'alert:' || key, due FROM alerts WHERE due IS NOT NULL;
    DROP INDEX alerts_due; ALTER TABLE alerts DROP COLUMN due; DROP TABLE channels; PRAGMA user_version = 6
    """

  var now: Instant { time.now() }
  func advance(by duration: Duration) { time.advance(by: duration) }

  /// Ingests firing alerts, and leases the deliveries to send.
  @discardableResult
  func ingest(
    _ alerts: [Alert],
    policy: ScriptedPolicy = ScriptedPolicy(),
    lease: LeaseTerms? = nil
  ) async throws -> Ingested {
    try await ledger.ingest(alerts.map(Event.fired), policy: policy, lease: lease)
  }

  /// The next time at which anything is due.
  func nextDue() async throws -> Instant? {
    let moments = [try await ledger.nextTimer(), try await ledger.nextDelivery(channels: nil)]
    return moments.compactMap(\.self).min()
  }

  func claim(
    _ count: Int = 100,
    for duration: Duration = .seconds(60),
    channels: Set<ChannelName>? = nil
  ) async throws -> [LeasedDelivery] {
    try await ledger.claim(LeaseTerms(count: count, duration: duration), channels: channels)
  }

  /// Settles one delivery, and returns whether that was accepted.
  func settle(_ leased: LeasedDelivery, _ result: Settlement.Result) async throws -> Bool {
    try await ledger.settle([Settlement(id: leased.delivery.id, token: leased.token, result: result)]) == [true]
  }
}

extension Alert {
  /// An alert with its own title.
  static func sample(_ id: String, _ severity: Severity = .warning, detail: String = "") -> Alert {
    Alert(source: "app", id: id, severity: severity, category: "disk", title: "Alert \(id)", detail: detail)
  }
}

extension AlertKey {
  static func sample(_ id: String) -> AlertKey { AlertKey(source: "app", id: id) }
}

extension LeaseTerms {
  static let minute = LeaseTerms(count: 100, duration: .seconds(60))
}

extension LeasedDelivery {
  /// The IDs of its alerts.
  var alerts: [String] {
    delivery.content.alerts.map(\.id)
  }
}
