// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension PushedAlert {
  /// The event for the alert; an alert without an end ends unless it is pushed again within `timeout`.
  package func event(at now: Instant, timeout: Duration) -> Event {
    guard !isOver else { return .resolved(alert.key) }
    return .pushed(alert, until: endsAt.map { Expiry(at: $0) } ?? Expiry(at: now + timeout, isTimeout: true))
  }
}
