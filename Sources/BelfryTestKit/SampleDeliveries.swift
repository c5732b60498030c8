// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
internal import BelfryPolicy

extension LeasedDelivery {
  /// The delivery `d1` about the alert `a1`, and so on, leased for two minutes: the first attempt, unless stated
  /// otherwise.
  package static func sample(
    _ number: Int = 1,
    on channel: ChannelName = "pager",
    _ severity: Severity = .info,
    attempt: Int = 1,
    at now: Instant
  ) -> LeasedDelivery {
    let delivery = NewDelivery(
      id: DeliveryID("d\(number)"),
      channel: channel,
      content: .alert(.sample("a\(number)", severity)),
      reason: "new alert",
      route: "routes[0]",
      severity: severity
    )
    return LeasedDelivery(
      delivery: delivery,
      createdAt: now,
      attempt: attempt,
      token: attempt,
      leasedUntil: now + .seconds(120)
    )
  }
}
