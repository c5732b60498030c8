// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// What can be done in one transaction of a ledger, while it is open and on its thread.
///
/// The ledger's clock decides what is due or leased and when a cooldown ends. Calls are synchronous: nothing happens between reading and writing. A call that throws may have changed something;
/// the transaction, or the part of it that `attempt` runs, is then undone.
package protocol LedgerTransaction: AnyObject {
  /// When it began: what is due, leased or over is judged by it.
  var now: Instant { get }

  /// Accepts events: decides about them and writes states, deliveries, lists, timers and decisions.
  ///
  /// A delivery whose ID already exists in the ledger is an error: each ID belongs to one delivery. With `lease`, the
  /// first deliveries of the batch are written as leased and returned, so that they can be sent without another
  /// transaction.
  func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested

  /// Writes one delivery that no policy decided on, such as the answer of an investigation, with the decision that
  /// explains it.
  ///
  /// Nothing else changes: no alert, hold or timer. With `lease` the delivery is written as leased, as by `ingest`.
  func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) throws -> Ingested

  /// Fires due timers, earliest first, at most `Firing.batch`; or exactly those named in `only`, in that order, due or
  /// not.
  ///
  /// Timers are removed before the policy is asked; the outcome sets a timer again if it must fire again. A name in
  /// `only` without a timer is skipped, unless something waits in its list.
  func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested

  /// Creates the policy's permanent timers and removes those of digests that it no longer has. Alerts still waiting in
  /// a removed digest, or in any list without a timer, become due now.
  ///
  /// An existing timer keeps its time, unless the new time is earlier.
  func adopt(policy: any PolicyDeciding) throws

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

  /// Shifts timers, the state of holds, and alerts' own times by a step of the clock.
  func followHolds(_ step: ClockStep, longest: LongestWaits) throws

  /// Makes deliveries that wait for a retry on this channel due now, at most `limit` of them, the most severe first.
  ///
  /// - Returns: How many there were.
  func retryNow(on channel: ChannelName, limit: Int) throws -> Int

  /// Applies an operator's action to dead letters, and returns for each, in order, whether it was a dead letter.
  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) throws -> [Bool]

  /// Records the state of the sources, replacing what was recorded before.
  func note(sources: [SourceNote]) throws

  /// Records the circuits that are not closed, replacing those recorded before.
  func note(circuits: [CircuitNote]) throws

  /// Records the text of the configuration now in force, and returns its version number, which is the last one's if the
  /// text is the same.
  func keep(configuration text: String, because cause: String) throws -> Int

  /// Records that a configuration was rejected; nil when the last one was accepted.
  func note(refusal: ConfigurationRefusal?) throws

  /// Records progress cursors by name; nil removes one.
  func note(marks: [String: String?]) throws

  /// Continues counting commits at `position` after the last `commits` of them were lost.
  ///
  /// The loss is recorded as damage.
  func noteLoss(of commits: Int, upTo position: LedgerPosition) throws

  /// Records that these attempts have their rows in the audit log.
  func noteAudited(_ attempts: [DeliveryAttempt]) throws

  /// See `Ledger.nextTimer`.
  func nextTimer() throws -> Instant?
  /// See `Ledger.nextDelivery`.
  func nextDelivery(channels: Set<ChannelName>?) throws -> Instant?
  /// The channels with pending deliveries.
  func pendingChannels() throws -> Set<ChannelName>
  /// See `Ledger.delivery`.
  func delivery(_ id: DeliveryID) throws -> DeliveryRecord?
  /// See `Ledger.record`.
  func record(of alert: AlertKey) throws -> AlertRecord?

  /// The channels on which something may have become due in this transaction.
  var touched: TouchedChannels { get }

  /// Runs `body`; if it throws, its changes are undone and the transaction goes on.
  func attempt<Result>(_ body: () throws -> Result) throws -> Result
  /// Whether the transaction can go on after `attempt` threw this error.
  ///
  /// It cannot after an error that undoes everything, such as a full disk, nor after damage that is repaired first.
  func canGoOn(after error: any Error) -> Bool
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

/// Where a ledger keeps its data.
package protocol LedgerStore: Sendable {
  /// Runs `body` in one transaction on the calling thread, which blocks, and commits.
  ///
  /// If it throws, nothing has changed. `body` is run again if it found damage that could be repaired.
  func transact(_ body: (any LedgerTransaction) throws -> Void) throws

  /// The error that a part of a transaction threw, in the ledger's words.
  func named(_ error: any Error) -> any Error

  /// Lets another process write that waits for its turn.
  func giveWay()
}
