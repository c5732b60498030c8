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
  private let books: Mutex<Books>
  private let troubled = Atomic(true)
  /// Orders the transactions of all processes, so that they are seen in the order in which they happen.
  let turnstile = TurnTaking()

  init(_ scenario: Scenario, clock: VirtualTime) {
    self.clock = clock
    books = Mutex(Books(rules: scenario.configuration.rules, now: clock.now()))
  }

  /// Whether channels fail.
  var isTroubled: Bool { troubled.load(ordering: .relaxed) }
  func endTrouble() { troubled.store(false, ordering: .relaxed) }

  func read<Result>(_ body: (Books) -> Result) -> Result { books.withLock { body($0) } }

  func change<Result>(_ body: (inout Books) -> Result) -> Result {
    let now = clock.now()
    return books.withLock { books in
      books.now = now
      return body(&books)
    }
  }

  // MARK: - Observations

  func note(_ text: String) { change { $0.note(text) } }
  func fault(_ text: String) { change { $0.fault(text) } }
  func crashed(_ text: String) {
    change { books in
      books.note(text)
      books.crashes += 1
    }
  }

  func took(_ events: [Event]) { change { books in for event in events { books.take(event) } } }
  func created(_ record: DeliveryRecord) { change { $0.create(record) } }
  func decided(_ recorded: RecordedDecision) { change { $0.decide(recorded) } }
  func leased(_ leased: [LeasedDelivery]) { change { books in for one in leased { books.lease(one) } } }
  func settled(_ settlements: [Settlement], _ taken: [Bool]) {
    change { books in for (settlement, taken) in zip(settlements, taken) { books.settle(settlement, taken) } }
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
