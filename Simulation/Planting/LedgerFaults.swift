// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTransport
import Synchronization

/// Thrown to undo a part of a transaction that was only tried.
private struct Undo: Error {}

// MARK: - Settlements

/// Settlements of one process that it has confirmed and not written.
final class UnwrittenSettlements: Sendable {
  private let settlements = Mutex<[Settlement]>([])

  func add(_ settlement: Settlement) { settlements.withLock { $0.append(settlement) } }
  func takeAll() -> [Settlement] {
    settlements.withLock { settlements in
      defer { settlements = [] }
      return settlements
    }
  }
}

/// Confirms that a message is settled as delivered, and writes that in the process's next transaction only.
final class LateSettlements: ForwardedTransaction {
  private let unwritten: UnwrittenSettlements

  init(_ inner: any LedgerTransaction, _ unwritten: UnwrittenSettlements) throws {
    self.unwritten = unwritten
    super.init(inner)
    _ = try inner.settle(unwritten.takeAll())
  }

  override func settle(_ settlements: [Settlement]) throws -> [Bool] {
    try settlements.map { settlement in
      guard case .delivered = settlement.result, try isAccepted(settlement) else {
        return try inner.settle([settlement])[0]
      }
      unwritten.add(settlement)
      return true
    }
  }

  private func isAccepted(_ settlement: Settlement) throws -> Bool {
    var isAccepted = false
    do {
      try inner.attempt {
        isAccepted = try inner.settle([settlement])[0]
        throw Undo()
      }
    } catch is Undo {}
    return isAccepted
  }
}

/// The tokens that the ledger expects, by delivery.
final class KnownTokens: Sendable {
  private let tokens = Mutex<[DeliveryID: Int]>([:])

  subscript(id: DeliveryID) -> Int? {
    get { tokens.withLock { $0[id] } }
    set { tokens.withLock { $0[id] = newValue } }
  }
}

/// Accepts a settlement whatever its token.
final class UncheckedTokens: ForwardedTransaction {
  private let known: KnownTokens

  init(_ inner: any LedgerTransaction, _ known: KnownTokens) {
    self.known = known
    super.init(inner)
  }

  override func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    noted(try inner.ingest(events, policy: policy, lease: lease))
  }
  override func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    noted(try inner.fire(only: only, policy: policy, lease: lease))
  }
  override func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) throws -> [LeasedDelivery] {
    let leased = try inner.claim(terms, channels: channels)
    for one in leased { known[one.delivery.id] = one.token }
    return leased
  }

  private func noted(_ ingested: Ingested) -> Ingested {
    for one in ingested.leased { known[one.delivery.id] = one.token }
    return ingested
  }

  override func settle(_ settlements: [Settlement]) throws -> [Bool] {
    try settlements.map { settlement in
      var valid = settlement
      valid.token = known[settlement.id] ?? settlement.token
      let isAccepted = try inner.settle([valid])[0]
      if isAccepted { known[settlement.id] = valid.token + 1 }
      return isAccepted
    }
  }
}

/// Leases messages that do not say which of their alerts have ended.
final class HiddenEnds: ForwardedTransaction {
  override func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) throws -> [LeasedDelivery] {
    try inner.claim(terms, channels: channels).map { leased in
      switch leased.delivery.content {
      case .burst, .followup: break
      case .alert, .digest, .flapping, .group, .reminder, .resolved, .test: return leased
      }
      var leased = leased
      for key in leased.delivery.flags.keys { leased.delivery.flags[key]?.isResolved = false }
      return leased
    }
  }
}

// MARK: - Commits

/// Answers all who wait for a transaction although the process dies before its commit.
final class EarlyReplies: LedgerStore {
  private let inner: any LedgerStore
  private let file: any LedgerStore
  private let life: Life

  /// `inner` is the store that dies, and `file` the one beneath it.
  init(_ inner: any LedgerStore, file: any LedgerStore, life: Life) {
    self.inner = inner
    self.file = file
    self.life = life
  }

  func transact(_ body: (any LedgerTransaction) throws -> Void) throws {
    if life.isOver { throw Crash() }
    do {
      try inner.transact(body)
    } catch is Crash {
      do {
        try file.transact { transaction in
          try body(transaction)
          throw Undo()
        }
      } catch is Undo {}
    }
  }

  func named(_ error: any Error) -> any Error { inner.named(error) }
  func giveWay() { inner.giveWay() }
}

// MARK: - Starts

/// The holds that were given timers.
final class TimedHolds: Sendable {
  private let holds = Mutex<Set<HoldID>>([])

  func note(_ timers: some Sequence<TimerKey>) {
    holds.withLock { holds in
      for case .list(let hold) in timers where hold.expectation == nil && hold.digest == nil { holds.insert(hold) }
    }
  }

  /// Their timers, in the order of their names.
  var timers: [TimerKey] {
    holds.withLock { $0.sorted { $0.description < $1.description }.map { .list($0) } }
  }
}

/// Drops all holds when a process starts: their timers, what they remember, and that alerts wait in them.
final class DroppedHolds: ForwardedTransaction {
  private let holds: TimedHolds

  init(_ inner: any LedgerTransaction, _ holds: TimedHolds) {
    self.holds = holds
    super.init(inner)
  }

  override func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try inner.ingest(events, policy: NotedTimers(inner: policy, holds: holds), lease: lease)
  }
  override func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try inner.fire(only: only, policy: NotedTimers(inner: policy, holds: holds), lease: lease)
  }
  override func adopt(policy: any PolicyDeciding) throws {
    _ = try inner.fire(only: holds.timers, policy: Dropping(inner: policy), lease: nil)
    try inner.adopt(policy: policy)
  }

  private struct NotedTimers: FaultyPolicy {
    let inner: any PolicyDeciding
    let holds: TimedHolds

    func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
      noted(inner.decide(events, state: &state, at: now))
    }
    func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
      noted(inner.fire(firings, state: &state, at: now))
    }
    private func noted(_ outcome: PolicyOutcome) -> PolicyOutcome {
      holds.note(outcome.timers.keys)
      return outcome
    }
  }

  private struct Dropping: FaultyPolicy {
    let inner: any PolicyDeciding

    func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
      var outcome = PolicyOutcome()
      for firing in firings {
        guard case .list(let hold) = firing.timer else { continue }
        state.set(nil, for: hold)
        outcome.emptied.append(hold)
        for alert in firing.waiting {
          guard var record = state[alert: alert] else { continue }
          record.waits.removeAll { $0.hold == hold }
          state.set(record)
        }
      }
      return outcome
    }
  }
}

// MARK: - Replies

/// Reports a message as accepted when nobody answered in time.
struct AcceptingTransport: Transport {
  let inner: any Transport

  func connect(for outgoing: Outgoing) async -> TransportFailure? { await inner.connect(for: outgoing) }
  func send(_ batch: [Outgoing]) async -> [Reply] {
    zip(batch, await inner.send(batch)).map { outgoing, reply in
      guard case .failed(let failure) = reply, failure.kind == .timedOutAfterSending else { return reply }
      return Message(outgoing)?.accepted ?? reply
    }
  }
}
