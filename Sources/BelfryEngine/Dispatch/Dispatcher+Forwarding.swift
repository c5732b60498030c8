// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport

// Forwards deliveries that must not wait for a channel whose circuit is open.
extension Dispatcher {
  /// Forwards critical deliveries if a fallback is configured, and alarms about a failing channel always.
  func rescue() async {
    let now = time.now()
    for name in queues.keys.sorted() {
      guard let queue = queues[name], queue.openings(at: now) == 0, let cause = queue.breaker.cause else { continue }
      let reason = Verdict.Reason("circuit_open", "the channel is failing: \(cause.reason.clause).")
      do {
        if let fallback = channels[name]?.common.fallback?.value {
          try await forwardCritical(from: name, to: fallback, because: reason)
        } else if !alarmed.contains(name) {
          try await forwardAlarm(of: name, because: reason)
        }
      } catch {
        reporter.ledgerFailed(error)
      }
    }
  }

  private func forwardCritical(from name: ChannelName, to fallback: ChannelName, because reason: Verdict.Reason)
    async throws
  {
    while true {
      // Including those that wait for a retry: their next attempt here would be too late.
      let terms = LeaseTerms(
        count: 64,
        duration: Dispatcher.lease,
        atLeast: .critical,
        takesRetries: true,
        takesWaiting: true
      )
      let leased = try await ledger.claim(terms, channels: [name])
      guard !leased.isEmpty else { return }
      let others = leased.filter { !$0.delivery.mayGo(to: fallback) }
      await forward(leased.filter { $0.delivery.mayGo(to: fallback) }, to: fallback, because: reason)
      await write(others.map { .released($0) })
      // They would be claimed again.
      guard others.isEmpty else { return }
    }
  }

  /// Forwards the alarm that a channel fails, which cannot be delivered by that channel, to any other that works.
  private func forwardAlarm(of name: ChannelName, because reason: Verdict.Reason) async throws {
    let alarm = ChannelAlarms.key(of: name)
    guard let record = try await ledger.record(of: alarm), record.isActive else { return }
    let own = record.notified.filter { $0.channel == name }.flatMap(\.deliveries)
    guard let other = working(besides: name) else { return }
    let terms = LeaseTerms(count: own.count, duration: Dispatcher.lease, takesWaiting: true, only: own)
    let leased = own.isEmpty ? [] : try await ledger.claim(terms, channels: [name])
    await forward(leased, to: other, because: reason)
    // While rules hold it back, there is nothing to forward yet.
    if !record.notified.isEmpty { alarmed.insert(name) }
  }

  /// Moves the notification that an alert ended to the channel that delivered its start in this one's place: the
  /// recipients here would not know the alert.
  ///
  /// - Returns: the delivery there; nil if the start was delivered here, or is unknown.
  nonisolated func continuation(of leased: LeasedDelivery, at now: Instant) async -> NewDelivery? {
    guard case .resolved = leased.delivery.content, leased.earlier.isEmpty, let first = leased.delivery.follows.last
    else {
      return nil
    }
    do {
      var sent = try await ledger.delivery(first)
      while let successor = sent?.successor { sent = try await ledger.delivery(successor) }
      guard let sent, sent.status == .delivered, sent.delivery.channel != leased.delivery.channel,
        await channels[sent.delivery.channel] != nil
      else { return nil }
      let reason = Verdict.Reason(
        Notice.Forwarding.toldElsewhere,
        "\(sent.delivery.channel) sent the first message about it."
      )
      let channel = sent.delivery.channel
      var moved = leased.delivery.forwarded(to: channel, because: reason, since: leased.createdAt, at: now)
      moved.follows = [sent.delivery.id]
      return moved
    } catch {
      // It is then sent here, which is better than not at all.
      reporter.ledgerFailed(error)
      return nil
    }
  }

  /// Forwards deliveries to another channel, without an attempt.
  private func forward(_ leased: [LeasedDelivery], to channel: ChannelName, because reason: Verdict.Reason) async {
    let now = time.now()
    await write(
      leased.map { one in
        .moved(one, to: one.delivery.forwarded(to: channel, because: reason, since: one.createdAt, at: now))
      }
    )
  }

  /// A channel with a closed circuit; one that people read is preferred to one that only keeps a record.
  private func working(besides name: ChannelName) -> ChannelName? {
    let others = queues.keys.filter { $0 != name && queues[$0]?.breaker.isClosed == true }
    return others.min { (channels[$0]?.kind == "file" ? 1 : 0, $0) < (channels[$1]?.kind == "file" ? 1 : 0, $1) }
  }
}
