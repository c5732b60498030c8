// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// News about an alert that some channels of a route get, and why.
struct Announcement {
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
  var channels: [ChannelName]
  let news: News
  let trigger: Decision.Cause.Trigger
  let rule: Rule
  /// The hold that ended, whose alerts are sent together; nil if it did not wait.
  var released: HoldID?
  /// The cooldown that starts when it is sent; nil if the route has none.
  var cooldown: (hold: CooldownHold, rule: CooldownRule)?
  /// Where it waited until now, if it was evaluated only because another hold ended: if it continues to wait there, nothing
  /// happened to it.
  var earlierWaits: [Wait] = []

  /// Whether it says that the alert fires: for the first time, again, as flapping, or as settled.
  var isNew: Bool { [.fires, .flaps, .settles].contains(news) }

  /// The same on other channels.
  func on(_ channels: [ChannelName]) -> Announcement {
    var announcement = self
    announcement.channels = channels
    return announcement
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
  var worstFirst: [Alert] { sorted { ($0.severity, $0.key) < ($1.severity, $1.key) } }
}
