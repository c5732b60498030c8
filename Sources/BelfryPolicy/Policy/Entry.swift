// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What a hold remembers between batches.
package enum Entry: Sendable, Hashable {
  case cooldown(CooldownRecord)
  case group(GroupRecord)
  case burst(BurstRecord)
  case inhibition(InhibitionRecord)
  case mute(MuteRecord)
  case expectation(ExpectationRecord)
}

/// What the cooldown of alerts that are alike remembers: a window for each channel that was notified of one, or on which one
/// waits.
package struct CooldownRecord: Sendable, Hashable {
  package var windows: [ChannelName: CooldownWindow]
  /// The one window of all channels that an older Belfry kept: it counts for channels that have none of their own.
  package var shared: CooldownWindow?

  package init(_ windows: [ChannelName: CooldownWindow] = [:], shared: CooldownWindow? = nil) {
    self.windows = windows
    self.shared = shared
  }

  package subscript(channel: ChannelName) -> CooldownWindow? { windows[channel] ?? shared }

  /// The windows that hold an alert on a channel of a route: the channel's own and, as routes may share a cooldown, those of
  /// channels to which other routes send.
  func windows(holding channel: ChannelName, of route: Route) -> [CooldownWindow] {
    let others = windows.filter { !route.to.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
    return [self[channel]].compactMap(\.self) + others
  }

  func mapWindows(_ change: (CooldownWindow) -> CooldownWindow) -> CooldownRecord {
    CooldownRecord(windows.mapValues(change), shared: shared.map(change))
  }

  var isEmpty: Bool { windows.isEmpty && shared == nil }

  /// When the next of its windows lets go of what waits in it.
  var nextRelease: Instant? { (windows.values.map(\.release) + [shared?.release].compactMap(\.self)).min() }

  /// What is left of a wait, once the windows whose time has come let go; nil when nothing is.
  func rest(of wait: Wait, at now: Instant) -> Wait? {
    if wait.channels.isEmpty { return shared.map { $0.release > now } == true ? wait : nil }
    var rest = wait
    rest.channels.removeAll { self[$0].map { $0.release <= now } ?? true }
    return rest.channels.isEmpty ? nil : rest
  }

  /// Lets go of what waits in the windows whose time has come: how many alerts each held back that ended since.
  mutating func release(at now: Instant) -> (ended: [ChannelName: Int], shared: Int) {
    var ended: [ChannelName: Int] = [:]
    for (channel, window) in windows where window.release <= now {
      ended[channel] = window.ended
      // It may have begun again before its timer fired.
      windows[channel] = window.isOpen(at: now) ? CooldownWindow(until: window.until, severity: window.severity) : nil
    }
    guard let window = shared, window.release <= now else { return (ended, 0) }
    shared = nil
    return (ended, window.ended)
  }

  /// Changes the windows of these channels, the shared one once.
  mutating func update(_ channels: [ChannelName], _ change: (inout CooldownWindow) -> Void) {
    for channel in channels {
      if let index = windows.index(forKey: channel) { change(&windows.values[index]) }
    }
    guard var window = shared, channels.isEmpty || channels.contains(where: { windows[$0] == nil }) else { return }
    change(&window)
    shared = window
  }
}

/// A cooldown of one channel: something was notified there, and what is no worse waits until it ends.
package struct CooldownWindow: Sendable, Hashable {
  package var until: Instant
  /// The worst severity that was notified in it.
  package var severity: Severity
  /// The one alert that was notified in it; nil when there were several.
  package var only: AlertKey?
  /// Since when that alert was active.
  ///
  /// If it resolves and fires again, the window holds it like any other.
  package var onlySince: Instant?
  /// When what waits in it is let go: when it ends, or earlier where it began again before its timer had fired.
  package var release: Instant
  /// How many alerts it held back that resolved before it ended.
  package var ended: Int
  /// How many alerts it held back, those that ended included.
  package var held: Int

  package init(until: Instant, severity: Severity, release: Instant? = nil, ended: Int = 0, held: Int = 0) {
    self.until = until
    self.severity = severity
    self.release = release ?? until
    self.ended = ended
    self.held = held
  }

  func isOpen(at now: Instant) -> Bool { until > now }

  /// Whether nothing was notified in it but this alert, since it last fired.
  ///
  /// An alert can resolve and fire again at one instant; nobody has been notified of it then.
  func isOnly(of record: AlertRecord) -> Bool {
    only == record.alert.key && onlySince == record.firedAt && record.firstTold != nil
  }
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
