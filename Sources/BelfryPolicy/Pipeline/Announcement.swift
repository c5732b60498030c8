// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// News about an alert that some channels of a route get, and why.
///
/// It is a class, because the deliver step sorts announcements many times: a copy of its values would cost more.
final class Announcement {
  /// What is new to the recipients.
  enum News: Hashable {
    /// It fires, fires again, or is more severe than they know.
    case fires
    /// It flaps.
    case flaps
    /// It no longer flaps, and fires.
    case settles
    /// It resolved.
    case ends
    /// Nothing is new: it still fires.
    case reminds
    /// Nobody acknowledged it.
    case escalates
  }

  let alert: Alert
  let route: Route
  let channels: [ChannelName]
  let news: News
  let trigger: Decision.Cause.Trigger
  let rule: Rule
  /// The hold that ended, whose alerts are sent together; nil if it did not wait.
  let released: HoldID?
  /// The cooldown that starts when it is sent; nil if the route has none.
  let cooldown: (hold: CooldownHold, rule: CooldownRule)?
  /// Where it waited until now, if it was evaluated only because another hold ended: if it continues to wait there, nothing
  /// happened to it.
  let earlierWaits: [Wait]

  init(
    _ news: News,
    _ alert: Alert,
    on channels: [ChannelName],
    of route: Route,
    trigger: Decision.Cause.Trigger,
    rule: Rule,
    released: HoldID? = nil,
    cooldown: (hold: CooldownHold, rule: CooldownRule)? = nil,
    earlierWaits: [Wait] = []
  ) {
    self.alert = alert
    self.route = route
    self.channels = channels
    self.news = news
    self.trigger = trigger
    self.rule = rule
    self.released = released
    self.cooldown = cooldown
    self.earlierWaits = earlierWaits
  }

  /// Whether it says that the alert fires: for the first time, again, as flapping, or as settled.
  var isNew: Bool { [.fires, .flaps, .settles].contains(news) }

  /// The same on other channels.
  func on(_ channels: [ChannelName]) -> Announcement {
    Announcement(
      news,
      alert,
      on: channels,
      of: route,
      trigger: trigger,
      rule: rule,
      released: released,
      cooldown: cooldown,
      earlierWaits: earlierWaits
    )
  }
}

extension [ChannelName] {
  /// The elements without duplicates, in order.
  package var distinct: [ChannelName] {
    guard count > 1 else { return self }
    var seen: Set<ChannelName> = []
    return filter { seen.insert($0).inserted }
  }
}

extension [Alert] {
  /// By severity, then by id.
  var worstFirst: [Alert] {
    sorted { $0.severity == $1.severity ? $0.key < $1.key : $0.severity < $1.severity }
  }
}
