// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport

// Leases deliveries, and determines when there is more to lease.
extension Dispatcher {
  /// Leases due deliveries for channels that have space.
  ///
  /// - Returns: whether anything was leased.
  func lease() async -> Bool {
    var found = false
    do {
      for (lease, room) in roomByLease(at: time.now()) {
        let terms = LeaseTerms(count: room.values.reduce(0, +), duration: lease, room: room)
        let leased = try await reporter.instruments.timed(.claim, on: time) {
          try await ledger.claim(terms, channels: Set(room.keys))
        }
        enqueue(leased)
        found = found || !leased.isEmpty
      }
      vitals.note(nil, of: .dispatcher)
    } catch {
      vitals.note("\(error)", of: .dispatcher)
      reporter.ledgerFailed(error)
    }
    return found
  }

  /// Puts leased deliveries into the queues of their channels, all of a channel at once: each addition sorts the queue.
  func enqueue(_ leased: [LeasedDelivery]) {
    for (channel, deliveries) in Dictionary(grouping: leased, by: \.delivery.channel) {
      queues[channel]?.add(taken(deliveries))
    }
  }

  /// How many attempts each channel can start, grouped by lease duration, so that one transaction leases for all
  /// channels of a group.
  private func roomByLease(at now: Instant) -> [(lease: Duration, room: [ChannelName: Int])] {
    var rooms: [Duration: [ChannelName: Int]] = [:]
    for (name, queue) in queues where queue.queue.isEmpty {
      let room = queue.room(at: now)
      if room > 0 { rooms[queue.lease, default: [:]][name] = room }
    }
    return rooms.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// How long there is nothing to do; nil if no work is known to come.
  ///
  /// A drain waits for the pace of a channel, but not for deliveries due later.
  func pause(untilIdle: Bool) async -> Duration? {
    do {
      let now = time.now()
      let moments = try await moments(at: now).filter { moment in
        !untilIdle || moment.due <= now && moment.opens <= now + moment.spacing
      }
      let next = moments.map(\.next).min()
      return next.map { min(Dispatcher.patience, max(untilIdle ? .zero : .milliseconds(1), $0 - now)) }
    } catch {
      // Deliveries that a drain cannot lease stay in the ledger.
      return untilIdle ? nil : .seconds(1)
    }
  }

  /// When the next attempt can start; nil if nothing is pending, or if that depends on running attempts.
  package func nextAttempt() async throws -> Instant? { try await moments(at: time.now()).map(\.next).min() }

  /// When the next attempts can start: when a delivery is due, and pace and circuit permit it.
  ///
  /// All channels with space share one moment, so that the ledger is queried once for all of them.
  private func moments(at now: Instant) async throws -> [Moment] {
    var moments: [Moment] = []
    let open = Set(queues.filter { $0.value.room(at: now) > 0 }.keys)
    if !open.isEmpty, let due = try await ledger.nextDelivery(channels: open) {
      moments.append(Moment(due: due, opens: now))
    }
    for (channel, queue) in queues where !open.contains(channel) {
      guard let opens = queue.opens(after: now), let due = try await ledger.nextDelivery(channels: [channel]) else {
        continue
      }
      moments.append(Moment(due: due, opens: opens, spacing: queue.spacing))
    }
    return moments
  }

  private struct Moment {
    /// When the next delivery is due.
    var due: Instant
    /// When pace and circuit permit an attempt.
    var opens: Instant
    /// The pace, for which a drain waits.
    var spacing = Duration.zero
    var next: Instant { max(due, opens) }
  }
}
