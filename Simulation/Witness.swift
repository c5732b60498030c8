// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryLedger
import BelfryPolicy
import BelfryTesting
import Synchronization

/// Sees everything that the sources report, that is decided and that arrives, and records violations.
///
/// It uses the routing table and the matchers, but nothing of the policy.
final class Witness: Sendable {
  private let clock: VirtualTime
  private let expected: Mutex<ExpectedState>
  private let troubled = Atomic(true)

  init(_ scenario: Scenario, clock: VirtualTime) {
    self.clock = clock
    expected = Mutex(ExpectedState(rules: scenario.configuration.rules, now: clock.now()))
  }

  /// Whether channels fail.
  var isTroubled: Bool { troubled.load(ordering: .relaxed) }
  func endTrouble() { troubled.store(false, ordering: .relaxed) }

  func read<Result>(_ body: (ExpectedState) -> Result) -> Result { expected.withLock { body($0) } }

  func change<Result>(_ body: (inout ExpectedState) -> Result) -> Result {
    let now = clock.now()
    return expected.withLock { expected in
      expected.now = now
      return body(&expected)
    }
  }

  // MARK: - Observations

  func note(_ text: String) { change { $0.note(text) } }
  func fault(_ text: String) { change { $0.fault(text) } }
  func crashed(_ text: String) {
    change { expected in
      expected.note(text)
      expected.crashes += 1
    }
  }

  func took(_ events: [Event]) { change { expected in for event in events { expected.take(event) } } }
  /// An event was confirmed to the person who sent it.
  func confirmed(_ event: Event) { change { $0.confirm(event) } }
  func created(_ record: DeliveryRecord) { change { $0.create(record) } }
  func decided(_ recorded: RecordedDecision) { change { $0.decide(recorded) } }
  func leased(_ leased: [LeasedDelivery]) { change { expected in for one in leased { expected.lease(one) } } }
  func settled(_ settlements: [Settlement], _ taken: [Bool]) {
    change { expected in for (settlement, taken) in zip(settlements, taken) { expected.settle(settlement, taken) } }
  }
  /// Deliveries were leased before earlier ones about the same alerts, which are no longer expected to come first.
  func overtook(_ deliveries: [NewDelivery]) {
    change { expected in
      for delivery in deliveries {
        for earlier in expected.unsettled(before: delivery) {
          if let history = expected.deliveries[earlier] { expected.forget(history.delivery) }
        }
      }
    }
  }
  func stopped() { change { $0.stop() } }
  func knows(_ id: DeliveryID) -> Bool { read { $0.deliveries[id] != nil } }
  /// The number of this attempt at a delivery, from 1.
  func attempt(at id: DeliveryID) -> Int { change { $0.attempt(at: id) } }
  func arrived(_ message: Message, isSure: Bool, at now: Instant) { change { $0.arrive(message, isSure: isSure) } }

  // MARK: - Results

  var faults: [String] { read { $0.faults } }
  var log: [String] { read { $0.log } }
  /// Active alerts that nobody has acknowledged or ended.
  var active: [AlertKey] { read { $0.active.keys.sorted() } }
}
