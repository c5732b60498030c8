// SPDX-License-Identifier: Apache-2.0

/// An alert that is to be told on a route, and why.
struct Telling {
  let alert: Alert
  let route: Route
  let reason: String
  /// The cooldown that begins with it; nil when the route has none.
  let cooldown: (key: WindowKey, rule: CooldownRule)?
}
