// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the cooldown of similar alerts remembers: a window for each channel to which one was sent, or for which one waits.
package struct CooldownState: HoldMemory {
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
    let others = windows.keys.filter { !route.to.contains($0) }.sorted()
    return [self[channel]].compactMap(\.self) + others.compactMap { windows[$0] }
  }

  package func following(_ step: ClockStep, longest: Duration) -> CooldownState {
    CooldownState(
      windows.mapValues { $0.following(step, longest) },
      shared: shared.map { $0.following(step, longest) }
    )
  }

  package func isOver(at moment: Instant) -> Bool {
    (Array(windows.values) + [shared].compactMap(\.self)).allSatisfy { max($0.until, $0.release) <= moment }
  }

  var isEmpty: Bool { windows.isEmpty && shared == nil }

  /// When the next of its windows ends the wait of its alerts.
  var nextRelease: Instant? { (windows.values.map(\.release) + [shared?.release].compactMap(\.self)).min() }

  /// What is left of a wait after the windows that are due have ended; nil if nothing is.
  func rest(of wait: Wait, at now: Instant) -> Wait? {
    if wait.channels.isEmpty { return shared.map { $0.release > now } == true ? wait : nil }
    var rest = wait
    rest.channels.removeAll { self[$0].map { $0.release <= now } ?? true }
    return rest.channels.isEmpty ? nil : rest
  }

  /// Ends the windows that are due; returns how many alerts each held back that have resolved.
  mutating func release(at now: Instant) -> (ended: [ChannelName: Int], shared: Int) {
    var ended: [ChannelName: Int] = [:]
    for (channel, window) in windows where window.release <= now {
      ended[channel] = window.ended
      // It may have started again before its timer fired.
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

/// A cooldown of one channel: an alert was sent there, and similar ones wait until it ends, unless they are more severe.
package struct CooldownWindow: Sendable, Hashable {
  package var until: Instant
  /// The highest severity that was sent in it.
  package var severity: Severity
  /// The one alert that was sent in it; nil if there were several.
  package var only: AlertKey?
  /// Since when that alert was active.
  ///
  /// If it resolves and fires again, the window holds it like any other.
  package var onlySince: Instant?
  /// When the alerts that wait in it are evaluated: when it ends, or earlier if it started again before its timer had fired.
  package var release: Instant
  /// How many alerts it held back that resolved before it ended.
  package var ended: Int
  /// How many alerts it held back, including those.
  package var held: Int

  package init(until: Instant, severity: Severity, release: Instant? = nil, ended: Int = 0, held: Int = 0) {
    self.until = until
    self.severity = severity
    self.release = release ?? until
    self.ended = ended
    self.held = held
  }

  func isOpen(at now: Instant) -> Bool { until > now }

  /// Whether it holds an alert of this severity.
  func holds(_ severity: Severity, at now: Instant) -> Bool {
    isOpen(at: now) && !severity.isWorse(than: self.severity)
  }

  /// Whether nothing was sent in it but this alert, since it last fired.
  ///
  /// An alert can resolve and fire again at the same time; nobody has been notified of it then.
  func isOnly(of record: AlertRecord) -> Bool {
    only == record.alert.key && onlySince == record.firedAt && record.firstNotified != nil
  }

  fileprivate func following(_ step: ClockStep, _ longest: Duration) -> CooldownWindow {
    var window = self
    window.until = step.end(until, longest: longest)
    window.release = step.end(release, longest: longest)
    return window
  }
}

// MARK: - Stored

extension CooldownState {
  package static let storedName: StaticString = "cooldown"
  package static let stored = Stored(CooldownState()) { fields in
    fields.optional("windows", \.list, { $0.list = $1 }, default: [])
    fields.optional("shared", { $0.shared }, { $0.shared = $1 })
  }

  package init?(olderTexts texts: [String]) {
    guard texts.count == 4, let until = Instant(stored: texts[0]), let ended = Int(texts[2]), let held = Int(texts[3])
    else { return nil }
    self.init(shared: CooldownWindow(until: until, severity: Severity(texts[1]), ended: ended, held: held))
  }

  /// By channel, in order.
  private var list: [ChannelWindow] {
    get { windows.sorted { $0.key < $1.key }.map { ChannelWindow(channel: $0.key, window: $0.value) } }
    set { windows = Dictionary(newValue.map { ($0.channel, $0.window) }) { first, _ in first } }
  }

  struct ChannelWindow: Storable, Hashable {
    var channel: ChannelName
    var window: CooldownWindow

    static let stored = Stored(
      ChannelWindow(channel: "", window: CooldownWindow(until: Instant(seconds: 0), severity: .info))
    ) { fields in
      fields.required("channel", { $0.channel }, { $0.channel = $1 })
      fields.required("window", { $0.window }, { $0.window = $1 })
    }
  }
}

extension CooldownWindow: Storable {
  package static let stored = Stored(CooldownWindow(until: Instant(seconds: 0), severity: .info)) { fields in
    // `release` is left out if it is the same: it differs only in a window whose timer is late.
    fields.required(
      "until",
      { $0.until },
      {
        if $0.release == $0.until { $0.release = $1 }
        $0.until = $1
      }
    )
    fields.required("severity", { $0.severity }, { $0.severity = $1 })
    fields.optional("only", { $0.only }, { $0.only = $1 })
    fields.optional("only_since", { $0.onlySince }, { $0.onlySince = $1 })
    fields.optional("release", { $0.release == $0.until ? nil : $0.release }, { $0.release = $1 })
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
    fields.optional("held", { $0.held }, { $0.held = $1 }, default: 0)
  }
}

extension HoldState {
  package static func cooldown(_ state: CooldownState) -> HoldState { HoldState(state) }
}
