// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// An alert that is to be told on some channels, and why.
struct Telling {
  /// What is new to those who are told.
  enum News: Hashable {
    /// It fires, again, or worse than they know.
    case fires
    /// It goes on and off.
    case flaps
    /// It no longer goes on and off, and fires.
    case settles
    /// It ended.
    case ends
    /// Nothing: it still fires.
    case reminds
    /// Nobody took it on.
    case escalates
  }

  let alert: Alert
  let route: Route
  let channels: [ChannelName]
  let news: News
  let trigger: Decision.Cause.Trigger
  let rule: Rule
  /// The hold that lets go of it, with everything else that waited there; nil when it waited nowhere.
  var released: ListKey?
  /// The cooldown that begins with it; nil when the route has none.
  var cooldown: (key: HoldKey, rule: CooldownRule)?
  /// Where it waited for its burst's next update until now; nil when it did not.
  var burstWait: Wait?
}
