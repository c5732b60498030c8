// SPDX-License-Identifier: Apache-2.0

/// What a hold remembers between batches.
package enum Entry: Sendable, Hashable {
  case cooldown(CooldownWindow)
  case group(GroupRecord)
  case burst(BurstRecord)
  case inhibition(InhibitionRecord)
  case mute(MuteRecord)
  case expectation(ExpectationRecord)
}

/// An open cooldown: something was told, and what is no worse waits until it ends.
package struct CooldownWindow: Sendable, Hashable {
  package var until: Instant
  /// The worst severity that was told in it.
  package var severity: Severity
  /// How many alerts it held back that resolved before it ended.
  package var ended: Int
  /// How many alerts it held back, those that ended included.
  package var held: Int

  package init(until: Instant, severity: Severity, ended: Int = 0, held: Int = 0) {
    self.until = until
    self.severity = severity
    self.ended = ended
    self.held = held
  }

  func isOpen(at now: Instant) -> Bool { until > now }
}

/// A group of alerts that are told together.
package struct GroupRecord: Sendable, Hashable {
  /// Until when it tells nothing more, its last message being so new; nil before the first.
  package var restsUntil: Instant?
  /// When what waits in it is told; nil when nothing does.
  package var due: Instant?
  /// How many of its alerts were told and still fire.
  package var firing: Int
  /// How many came and went before they could be told, since its last message.
  package var ended: Int
  /// The deliveries of each channel that its next message there follows: the first and the last.
  package var thread: Thread

  package init() {
    firing = 0
    ended = 0
    thread = Thread()
  }
}

/// A burst, or what may become one: how many alerts came of late, and until when they are told together.
package struct BurstRecord: Sendable, Hashable {
  /// Alerts told alone of late, with when; at most as many as the rule lets pass.
  package var recent: [Recent]
  /// Until when what comes is told in the next update; nil when no burst goes on.
  package var until: Instant?
  /// How many alerts it is about so far.
  package var count: Int
  package var thread: Thread

  package init() {
    recent = []
    count = 0
    thread = Thread()
  }

  package struct Recent: Sendable, Hashable {
    package var at: Instant
    package var alert: Alert
    package init(at: Instant, alert: Alert) {
      self.at = at
      self.alert = alert
    }
  }
}

/// How many active alerts mute others by one inhibition and its equal labels.
package struct InhibitionRecord: Sendable, Hashable {
  package var count: Int
  /// How many alerts came and went while muted by it.
  package var ended: Int
  package init(count: Int = 0, ended: Int = 0) {
    self.count = count
    self.ended = ended
  }
}

/// What a silence or quiet hours saw while they lasted.
package struct MuteRecord: Sendable, Hashable {
  /// How many alerts came and went while muted by it.
  package var ended: Int
  package init(ended: Int = 0) { self.ended = ended }
}

/// When an alert that is expected came last.
package struct ExpectationRecord: Sendable, Hashable {
  package var cameAt: Instant
  /// Whether a source that is looked at holds it active, so that it need not come again.
  package var isHeld: Bool
  package init(cameAt: Instant, isHeld: Bool = false) {
    self.cameAt = cameAt
    self.isHeld = isHeld
  }
}

/// The deliveries that a next message continues: of each channel the first and the last.
package struct Thread: Sendable, Hashable {
  package private(set) var deliveries: [ChannelName: [DeliveryID]]

  package init(_ deliveries: [ChannelName: [DeliveryID]] = [:]) { self.deliveries = deliveries }

  package subscript(channel: ChannelName) -> [DeliveryID] { deliveries[channel] ?? [] }

  package mutating func add(_ delivery: DeliveryID, on channel: ChannelName) {
    deliveries[channel] = [deliveries[channel]?.first, delivery].compactMap(\.self)
  }
}
