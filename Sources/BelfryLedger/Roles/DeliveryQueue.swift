// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The ledger as the queue of messages to deliver: leases, settlements, dead letters.
///
/// This is its face outside of a transaction. Each write is one request in a turn of the commit loop and returns after
/// the commit; what it does is said at the method of the same name in ``DeliveryTransaction``. Each read sees everything
/// committed before. A method that throws has changed nothing.
package protocol DeliveryQueue: Sendable {
  func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) async throws -> Ingested
  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) async throws -> [LeasedDelivery]
  func settle(_ settlements: [Settlement]) async throws -> [Bool]
  func followDeliveries(_ step: ClockStep, longest: Duration) async throws
  func retryNow(on channel: ChannelName, limit: Int) async throws -> Int
  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) async throws -> [MendedLetter]

  /// When the next pending delivery on these channels is due; nil if none is pending. Pass nil for all channels.
  func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant?

  /// Dead letters, latest first.
  func deadLetters(limit: Int) async throws -> [DeliveryRecord]

  /// Recomputes every channel's totals from the rows of all deliveries; used at startup.
  ///
  /// This finds damaged rows early. It also counts rows from an older Belfry that does not maintain totals and was
  /// still running when a newer one upgraded the file. Its duration grows with the size of the ledger.
  ///
  /// - Returns: The channels whose totals were wrong.
  @discardableResult
  func recount() async throws -> Set<ChannelName>
}

/// A ``DeliveryQueue`` inside a transaction.
package protocol DeliveryTransaction: AnyObject {
  /// Writes one delivery that no policy decided on, such as the answer of an investigation, with the decision that
  /// explains it.
  ///
  /// Nothing else changes: no alert, hold or timer. With `lease` the delivery is written as leased, as by `ingest`.
  func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) throws -> Ingested

  /// Leases due deliveries, highest severity first, then longest due first.
  ///
  /// `visible_at` moves to the lease's end, the token grows, and the attempt count increases by one. Only deliveries on
  /// the given channels are leased; nil for all channels.
  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) throws -> [LeasedDelivery]

  /// Records the results of leased deliveries.
  ///
  /// A settlement is refused, without any change, if the delivery has been leased again. An expired lease can still be
  /// settled as long as nobody else leased the delivery: the result is known, even if late.
  ///
  /// Returns for each settlement, in order, whether it was accepted; refused ones are counted.
  func settle(_ settlements: [Settlement]) throws -> [Bool]

  /// Shifts the waits of pending deliveries, and the start of their retries, by a step of the clock.
  ///
  /// Afterwards no delivery waits longer than `longest`.
  func followDeliveries(_ step: ClockStep, longest: Duration) throws

  /// Makes deliveries that wait for a retry on this channel due now, at most `limit` of them, the most severe first.
  ///
  /// - Returns: How many there were.
  func retryNow(on channel: ChannelName, limit: Int) throws -> Int

  /// Applies an operator's action to dead letters, and returns for each, in order, what that did.
  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) throws -> [MendedLetter]

  /// See ``DeliveryQueue/nextDelivery(channels:)``.
  func nextDelivery(channels: Set<ChannelName>?) throws -> Instant?

  /// The channels with pending deliveries.
  func pendingChannels() throws -> Set<ChannelName>

  /// The channels on which something may have become due in this transaction.
  var touched: TouchedChannels { get }

  /// See ``History/delivery(_:)``.
  func delivery(_ id: DeliveryID) throws -> DeliveryRecord?

  /// Whether an alert is active; nil if it is unknown.
  func isActive(_ alert: AlertKey) throws -> Bool?

  /// The record of an alert that has ended and about which the recipients of a message are owed nothing more; otherwise
  /// nil.
  func endedRecord(of alert: AlertKey, for message: NewDelivery) throws -> AlertRecord?

  /// Whether a leased delivery says only that alerts fire which have ended, and certainly did not arrive.
  func isStaleUnlessLeased(_ id: DeliveryID) throws -> Bool

  /// Replaces the message of a leased delivery by one that says that these alerts ended; messages that say only that are
  /// withdrawn.
  func rewrite(_ delivery: NewDelivery, sayingEndsOf alerts: Set<AlertKey>) throws
}

/// The channels on which a delivery may have become due.
package enum TouchedChannels: Sendable, Hashable {
  case these(Set<ChannelName>)
  /// Another process has written, or every delivery has changed.
  case all

  mutating func add(_ channel: ChannelName) {
    guard case .these(var channels) = self, channels.insert(channel).inserted else { return }
    self = .these(channels)
  }
}

extension DeliveryQueue where Self: Ledger {
  package func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) async throws -> Ingested
  {
    try await loop.write(weight: 1) { try $0.enqueue(delivery, because: decision, lease: lease) }
  }

  package func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) async throws -> [LeasedDelivery] {
    try await loop.write(weight: 1) { try $0.claim(terms, channels: channels) }
  }

  package func settle(_ settlements: [Settlement]) async throws -> [Bool] {
    try await loop.write(weight: settlements.count) { try $0.settle(settlements) }
  }

  package func followDeliveries(_ step: ClockStep, longest: Duration) async throws {
    try await loop.write(weight: 1) { try $0.followDeliveries(step, longest: longest) }
  }

  package func retryNow(on channel: ChannelName, limit: Int) async throws -> Int {
    try await loop.write(weight: limit) { try $0.retryNow(on: channel, limit: limit) }
  }

  package func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) async throws -> [MendedLetter] {
    try await loop.write(weight: letters.count) { try $0.mend(letters, by: remedy) }
  }
}
