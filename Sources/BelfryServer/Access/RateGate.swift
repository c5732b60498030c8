// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import Synchronization

/// Limits how often each token may call: as many calls at once as its rate counts, then one after the other.
///
/// It implements the leaky bucket as a meter. For each token it stores the time at which its calls would be over if
/// they were spread evenly (the theoretical arrival time of the generic cell rate algorithm, ITU-T I.371).
final class RateGate: Sendable {
  private let rates: [String: Rate]
  private let spent: Mutex<[String: Instant]>

  init(_ tokens: [ServerToken]) {
    rates = Dictionary(tokens.compactMap { token in token.rate.rate.map { (token.name, $0) } }) { first, _ in first }
    spent = Mutex([:])
  }

  /// Makes a gate for these callers, by name.
  init(_ rates: [String: Rate]) {
    self.rates = rates
    spent = Mutex([:])
  }

  /// The number of seconds after which a call may be tried again; nil if it may proceed.
  func wait(for caller: Caller, at now: Instant) -> Int? {
    guard let rate = rates[caller.name] else { return nil }
    return spent.withLock { spent in
      // A clock that was set back must not lock anyone out.
      let before = spent[caller.name].map { $0 - now > rate.period ? now : $0 } ?? now
      let arrival = max(before, now)
      let excess = (arrival - now) + rate.spacing - rate.period
      guard excess <= .zero else { return Int(excess.components.seconds) + 1 }
      spent[caller.name] = arrival + rate.spacing
      return nil
    }
  }
}
