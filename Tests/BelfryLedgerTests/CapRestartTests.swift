// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("A cap in a ledger that is closed and opened again")
struct CapRestartTests {
  private let folder: TemporaryFolder
  private let policy: Policy

  init() throws {
    folder = try TemporaryFolder()
    let rules = try Configuration.reading(
      #"{"routes": [{"to": "pager"}], "cooldown": 0}"#,
      caps: ["pager": #"{"over": 2, "per": "1h"}"#]
    ).rules
    policy = Policy(rules: rules)
  }

  /// The ledger as a process opens it that starts at this time.
  private func open(after delay: Duration) async throws -> SQLiteLedger {
    let now = TestEnvironment.start + delay
    let ledger = try await SQLiteLedger.open(path: folder.path("belfry.db"), now: { now })
    try await ledger.adopt(policy: policy)
    return ledger
  }

  private func fire(_ ids: String..., in ledger: SQLiteLedger) async throws -> [Decision.Outcome] {
    let ingested = try await ledger.ingest(ids.map { .fired(.sample($0)) }, policy: policy, lease: nil)
    return ingested.decisions.map(\.decision.outcome)
  }

  @Test("still counts what was sent, and sends in one follow-up what waited")
  func restarts() async throws {
    let room = TestEnvironment.start + .seconds(3600)
    var ledger = try await open(after: .zero)
    #expect(try await fire("a", in: ledger) == [.notify(["pager"])])
    try await ledger.close()

    ledger = try await open(after: .seconds(600))
    #expect(try await fire("b", "c", in: ledger) == [.notify(["pager"]), .hold(until: room)])
    try await ledger.close()

    ledger = try await open(after: .seconds(1200))
    #expect(try await fire("d", in: ledger) == [.hold(until: room)])
    #expect(try await ledger.fire(only: nil, policy: policy, lease: nil).fired == 0)
    try await ledger.close()

    ledger = try await open(after: .seconds(3600))
    let sent = try await ledger.fire(only: nil, policy: policy, lease: .minute).leased.map(\.delivery.content)
    #expect(sent.map(\.kind) == ["followup"])
    #expect(sent.first?.alerts.map(\.id) == ["c", "d"])
    #expect(try await ledger.summary().waiting == [:])
    try await ledger.close()
  }
}
