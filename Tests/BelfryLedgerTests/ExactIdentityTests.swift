// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Alerts whose IDs Swift calls equal and whose bytes differ")
struct ExactIdentityTests {
  private static let ids = ["café", "cafe\u{301}"]

  @Test(
    "are distinct in every ledger: both fire, are sent, wait, have timers, and end on their own",
    arguments: Store.allCases
  )
  func ledger(store: Store) async throws {
    let environment = try await TestLedger(store)
    let alerts = Self.ids.map { Alert(source: "app", id: $0, severity: .warning, title: "T", labels: ["name": $0]) }
    let lists = Self.ids.map { HoldID.cooldown(GroupKey("name=\($0)")) }
    let policy = ScriptedPolicy { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: ["pager"], &state, now)
      for (alert, list) in zip(events.compactMap(\.alert), lists) {
        outcome.joined.append(.init(list: list, alert: alert.key))
        outcome.timers[.list(list)] = now + .seconds(60)
        outcome.timers[.alert(alert.key)] = now + .seconds(30)
      }
      return outcome
    }
    let ingested = try await environment.ingest(alerts, policy: policy)
    #expect(ingested.queued == 2)
    for (alert, list) in zip(alerts, lists) {
      #expect(try await environment.ledger.record(of: alert.key)?.alert == alert)
      #expect(try await environment.ledger.waiting(in: list).map(\.alert) == [alert])
      #expect(try await environment.ledger.due(.list(list)) == environment.now + .seconds(60))
      #expect(try await environment.ledger.due(.alert(alert.key)) == environment.now + .seconds(30))
      #expect(try await environment.ledger.decisions(about: alert.key, limit: 9).count == 1)
    }
    #expect(try await environment.ledger.activeAlerts(besides: nil).count == 2)
    let summary = try await environment.ledger.summary()
    #expect(summary.activeAlerts == 2)
    #expect(summary.waiting.count == 2)
    #expect(try await environment.ledger.facts(after: nil, limit: 9).alerts.count == 2)
  }
}
