// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
package import BelfryPolicy
package import BelfryTesting

/// The implementations that every semantics test of a ledger runs on.
package enum Store: String, CaseIterable, CustomStringConvertible {
  /// `MemoryLedger`, whose dictionaries the others are compared with.
  case oracle
  /// A file.
  case sqlite
  /// `"state": "memory"`.
  case sqliteInMemory = "sqlite in memory"

  package var description: String { rawValue }
}

/// A ledger on a clock that only the test moves.
package struct TestLedger: Sendable {
  package let time = VirtualTime(startingAt: TestEnvironment.start)
  package let ledger: any Ledger
  private let folder: TemporaryFolder

  package init(
    _ store: Store,
    ids: DeliveryIDSource = DeliveryIDSource(),
    at path: String? = nil,
    as role: ProcessRole = .guest
  ) async throws {
    let time = time
    folder = try TemporaryFolder()
    switch store {
    case .oracle: ledger = MemoryLedger(now: { time.now() }, ids: ids)
    case .sqlite:
      let path = path ?? folder.path("belfry.db")
      ledger = try await SQLiteLedger.open(path: path, as: role, now: { time.now() }, ids: ids)
    case .sqliteInMemory: ledger = try await SQLiteLedger.inMemory(now: { time.now() }, ids: ids)
    }
  }

  package var now: Instant { time.now() }
  package func advance(by duration: Duration) { time.advance(by: duration) }

  /// Ingests firing alerts, and leases the deliveries to send.
  @discardableResult
  package func ingest(
    _ alerts: [Alert],
    policy: ScriptedPolicy = ScriptedPolicy(),
    lease: LeaseTerms? = nil
  ) async throws -> Ingested {
    try await ledger.ingest(alerts.map(Event.fired), policy: policy, lease: lease)
  }

  /// The next time at which anything is due.
  package func nextDue() async throws -> Instant? {
    let moments = [try await ledger.nextTimer(), try await ledger.nextDelivery(channels: nil)]
    return moments.compactMap(\.self).min()
  }

  package func claim(
    _ count: Int = 100,
    for duration: Duration = .seconds(60),
    channels: Set<ChannelName>? = nil
  ) async throws -> [LeasedDelivery] {
    try await ledger.claim(LeaseTerms(count: count, duration: duration), channels: channels)
  }

  /// Settles one delivery, and returns whether that was accepted.
  package func settle(_ leased: LeasedDelivery, _ result: Settlement.Result) async throws -> Bool {
    try await ledger.settle([Settlement(id: leased.delivery.id, token: leased.token, result: result)]) == [true]
  }
}

extension LeaseTerms {
  package static let minute = LeaseTerms(count: 100, duration: .seconds(60))
}

extension LeasedDelivery {
  /// The IDs of its alerts.
  package var alerts: [String] { delivery.content.alerts.map(\.id) }
}
