// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport
internal import Tracing

/// What to record in the ledger about a leased delivery.
enum Conclusion: Sendable {
  /// The reply was judged, or nothing could be composed.
  case judged(Attempt)
  /// It was not attempted, and waits for its turn again.
  case released(LeasedDelivery)
  /// It was not attempted, and another channel delivers it.
  case moved(LeasedDelivery, to: NewDelivery)

  var settlement: Settlement {
    switch self {
    case .judged(let attempt): attempt.settlement
    case .released(let leased): Settlement(id: leased.delivery.id, token: leased.token, result: .released)
    case .moved(let leased, let successor):
      Settlement(
        id: leased.delivery.id,
        token: leased.token,
        result: .forwarded(
          successor,
          because: successor.forwardings.last?.reason ?? Verdict.Reason("forwarded", ""),
          wasAttempted: false
        )
      )
    }
  }
}

extension Conclusion {
  var leased: LeasedDelivery {
    switch self {
    case .judged(let attempt): attempt.leased
    case .released(let leased), .moved(let leased, _): leased
    }
  }

  /// The span of the attempt; nil without an attempt or without tracing.
  var trace: InstrumentationContext? {
    if case .judged(let attempt) = self { attempt.trace } else { nil }
  }

  /// The same conclusion with another lease of the same delivery.
  func under(_ lease: HeldLeases.Lease) -> Conclusion {
    var leased = leased
    (leased.token, leased.attempt) = (lease.token, lease.attempt)
    switch self {
    case .judged(let attempt):
      let settlement = Settlement(id: attempt.settlement.id, token: lease.token, result: attempt.settlement.result)
      return .judged(Attempt(leased: leased, verdict: attempt.verdict, settlement: settlement, trace: attempt.trace))
    case .released: return .released(leased)
    case .moved(_, let successor): return .moved(leased, to: successor)
    }
  }
}

/// Finished attempts that are not recorded yet.
struct Outbox {
  var conclusions: [Conclusion] = []
  /// The number of attempts of each channel in it.
  var attempts: [ChannelName: Int] = [:]
  /// Whether a task is recording earlier conclusions.
  var isBeingWritten = false

  mutating func take() -> (conclusions: [Conclusion], attempts: [ChannelName: Int]) {
    defer { (conclusions, attempts) = ([], [:]) }
    return (conclusions, attempts)
  }
}

extension Dispatcher {
  /// Records the result of an attempt, together with all others that end while the ledger is busy.
  ///
  /// If no task is recording, the caller records for all, so there is one call of the ledger at a time, however many
  /// attempts there are.
  func conclude(_ conclusions: [Conclusion], of channel: ChannelName) async {
    outbox.conclusions += conclusions
    outbox.attempts[channel, default: 0] += 1
    guard !outbox.isBeingWritten else { return }
    outbox.isBeingWritten = true
    while !outbox.attempts.isEmpty {
      let taken = outbox.take()
      await writeHeld(taken.conclusions)
      for (channel, count) in taken.attempts { queues[channel]?.settled(count) }
      wake()
    }
    outbox.isBeingWritten = false
  }

  /// Records the conclusions of this dispatcher's deliveries, and releases them.
  ///
  /// If a lease ended in the meantime, for example because the disk was stuck, and its delivery was leased again, it is
  /// not attempted again but recorded with the new lease.
  func writeHeld(_ conclusions: [Conclusion]) async {
    var offered = conclusions.map(latest)
    while !offered.isEmpty {
      let refused = Dictionary(uniqueKeysWithValues: await offer(offered).map { ($0.leased.delivery.id, $0) })
      for conclusion in offered where refused[conclusion.leased.delivery.id] == nil { letGo(conclusion) }
      let isRenewed = { (conclusion: Conclusion) in
        self.latest(conclusion).leased.token != conclusion.leased.token
      }
      let over = offered.filter { refused[$0.leased.delivery.id] != nil && !isRenewed($0) }
      report(over, wasTaken: false)
      for conclusion in over { letGo(conclusion) }
      offered = offered.filter { refused[$0.leased.delivery.id].map(isRenewed) ?? false }.map(latest)
    }
  }

  /// Releases the delivery; requeues it if it was leased again after it was recorded.
  private func letGo(_ conclusion: Conclusion) {
    guard let newer = held.end(conclusion.leased.delivery.id, settledUnder: conclusion.leased.token) else { return }
    queues[newer.delivery.channel]?.add(taken([newer]))
  }

  /// Records conclusions that only the caller holds.
  nonisolated func write(_ conclusions: [Conclusion]) async {
    report(await offer(conclusions), wasTaken: false)
  }

  /// Records the conclusions, retrying as often as necessary: a lost verdict would cause a duplicate message.
  ///
  /// - Returns: those that the ledger refused because the delivery was leased again.
  private nonisolated func offer(_ conclusions: [Conclusion]) async -> [Conclusion] {
    let end = time.elapsed() + Dispatcher.lease
    var (left, refused) = (conclusions, [Conclusion]())
    while !left.isEmpty {
      let traces = left.compactMap(\.trace)
      let settle = { (settlements: [Settlement]) in try await self.settle(settlements, of: traces) }
      let tried = await Dispatcher.leftover(of: left, settle: settle) { written, taken in
        report(zip(written, taken).filter(\.1).map(\.0), wasTaken: true)
        refused += zip(written, taken).filter { !$0.1 }.map(\.0)
      }
      left = tried.conclusions
      if let error = tried.error { reporter.ledgerFailed(error) }
      guard !left.isEmpty, time.elapsed() < end, !Task.isCancelled else { break }
      // Cancelled while waiting: the lease expires and the delivery is attempted again.
      do { try await time.sleep(for: .seconds(1)) } catch { break }
    }
    return refused
  }

  private nonisolated func settle(
    _ settlements: [Settlement],
    of traces: [InstrumentationContext]
  ) async throws -> [Bool] {
    try await reporter.instruments.timed(.settle, on: time, of: traces) { try await ledger.settle(settlements) }
  }

  /// Tries once to record the conclusions, all at once, or one by one if that fails: one of them must not block the
  /// others.
  ///
  /// - Returns: those that the ledger did not accept, and the reason for the last of them.
  static func leftover(
    of conclusions: [Conclusion],
    settle: ([Settlement]) async throws -> [Bool],
    report: ([Conclusion], [Bool]) -> Void
  ) async -> (conclusions: [Conclusion], error: (any Error)?) {
    do {
      report(conclusions, try await settle(conclusions.map(\.settlement)))
      return ([], nil)
    } catch {
      guard conclusions.count > 1 else { return (conclusions, error) }
    }
    var left: (conclusions: [Conclusion], error: (any Error)?) = ([], nil)
    for one in conclusions {
      do { report([one], try await settle([one.settlement])) } catch {
        left.conclusions.append(one)
        left.error = error
      }
    }
    return left
  }

  private nonisolated func report(_ conclusions: [Conclusion], wasTaken: Bool) {
    var attempts: [(attempt: Attempt, wasTaken: Bool)] = []
    for conclusion in conclusions {
      switch conclusion {
      case .judged(let attempt): attempts.append((attempt, wasTaken))
      case .moved(let leased, let other) where wasTaken: reporter.forwarded(leased.delivery, to: other)
      case .released, .moved: break
      }
    }
    if !attempts.isEmpty { reporter.settled(attempts) }
  }
}
