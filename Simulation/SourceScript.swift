// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import Synchronization

/// A source whose alerts come and go according to its seed: steadily, in storms, repeatedly, and all at once.
final class SourceScript: Sendable {
  let name: SourceName
  private let state: Mutex<State>

  init(_ name: SourceName, seed: UInt64, from start: Instant, pace: Duration) {
    self.name = name
    state = Mutex(State(source: name, seed: seed, start: start, pace: pace))
  }

  /// When its alerts next change.
  var next: Instant { state.withLock { $0.next } }

  /// Advances to `now`, which changes its alerts.
  func advance(to now: Instant) { state.withLock { $0.advance(to: now) } }

  /// Stops all further changes.
  func rest() { state.withLock { $0.rest() } }

  /// Its alerts; nil while it is partly unreadable.
  var held: [Alert]? { state.withLock { $0.mood == .well ? $0.alerts : nil } }

  /// Reports its alerts to a reader that knows this version of them.
  fileprivate func poll(knowing known: inout UInt64?) -> Observation {
    state.withLock { state in
      switch state.mood {
      case .broken: return .failed("it cannot be reached")
      case .cut:
        known = nil
        let part = AlertSnapshot(alerts: Array(state.alerts.prefix(state.alerts.count / 2)), isComplete: false)
        return Observation(.alerts(part))
      case .well:
        if known == state.version { return .unchanged }
        known = state.version
        return .active(state.alerts)
      }
    }
  }

  /// The source as if it were in a `channels.json`; a process that starts knows nothing of earlier polls.
  var configured: ConfiguredSource { ConfiguredSource(name: name, source: ScriptedSource(script: self)) }
}

/// What a process knows of a scripted source.
private struct ScriptedSource: AlertSource {
  struct Settings: SourceSettings { static let fields: [Field<Self>] = [] }

  static let kind: SourceKind = "scripted"
  private let script: SourceScript?
  private var known: UInt64?

  init(script: SourceScript) { self.script = script }
  init(name: SourceName, settings: Settings) { script = nil }

  mutating func poll(_ context: PollContext) async -> Observation { script?.poll(knowing: &known) ?? .unchanged }
}

extension SourceScript {
  /// The future changes, and the current alerts.
  struct State: Sendable {
    enum Mood { case well, broken, cut }

    private enum Change {
      case something, storm, flap, end
      case toggle(Int)
      case fire(Int)
      case mood(Mood)
    }

    private(set) var mood = Mood.well
    private(set) var version: UInt64 = 1
    private let source: SourceName
    private let pace: Duration
    private var chance: Chance
    private var active: [Int: Alert] = [:]
    /// Sorted by time.
    private var schedule: [(at: Instant, what: Change)] = []

    private static let count = 24

    init(source: SourceName, seed: UInt64, start: Instant, pace: Duration) {
      self.source = source
      self.pace = pace
      chance = Chance(seed: seed, source.name)
      plan(.something, at: start + chance.seconds(10...600))
    }

    var next: Instant { schedule.first?.at ?? Instant(microseconds: .max) }
    var alerts: [Alert] { active.sorted { $0.key < $1.key }.map(\.value) }

    mutating func advance(to now: Instant) {
      while let (at, what) = schedule.first, at <= now {
        schedule.removeFirst()
        send(what, at: at)
        version += 1
      }
    }

    mutating func rest() {
      schedule = []
      mood = .well
      version += 1
    }

    private mutating func plan(_ what: Change, at: Instant) {
      let index = schedule.firstIndex { $0.at > at } ?? schedule.count
      schedule.insert((at, what), at: index)
    }

    private mutating func send(_ what: Change, at now: Instant) {
      switch what {
      case .something:
        plan(.something, at: now + chance.wait(around: pace))
        send(draw(), at: now)
      case .storm:
        let first = chance.below(State.count)
        for index in 0..<(3 + chance.below(12)) {
          plan(.fire((first + index) % State.count), at: now + chance.seconds(0...200))
        }
      case .flap:
        let index = chance.below(State.count)
        var at = now
        for _ in 0..<(4 + chance.below(10)) {
          plan(.toggle(index), at: at)
          at = at + chance.minutes(1...7)
        }
      case .end: active = [:]
      case .toggle(let index): if active[index] == nil { fire(index) } else { active[index] = nil }
      case .fire(let index): if active[index] == nil { fire(index) }
      case .mood(let mood):
        self.mood = mood
        if mood != .well { plan(.mood(.well), at: now + chance.minutes(2...40)) }
      }
    }

    private mutating func draw() -> Change {
      switch chance.below(100) {
      case 0..<8: return .storm
      case 8..<14: return .flap
      case 14..<17: return .end
      case 17..<20: return .mood(.broken)
      case 20..<22: return .mood(.cut)
      case 22..<45:
        if let index = chance.pick(active.keys.sorted()) { change(index) }
        return .fire(chance.below(State.count))
      case 45..<70:
        if let index = chance.pick(active.keys.sorted()) { return .toggle(index) }
        return .fire(chance.below(State.count))
      default: return .fire(chance.below(State.count))
      }
    }

    private mutating func fire(_ index: Int) {
      let alert = Alert(
        source: source,
        id: index == 7 && source == "app" ? "beat" : "a\(index)",
        severity: severity(),
        category: ["disk", "net", "cpu"][index % 3],
        title: "Trouble \(index)",
        labels: ["host": "h\(index % 5)", "cluster": index % 2 == 0 ? "eu" : "us"]
      )
      active[index] = alert
    }

    private mutating func change(_ index: Int) {
      switch chance.below(10) {
      case 0..<6:
        let severity = severity()
        active[index]?.severity = severity
      case 6..<8: active[index]?.title += "!"
      case 8:
        let category = chance.pick(["disk", "net", "cpu"]) ?? ""
        active[index]?.category = category
      default:
        let host = "h\(chance.below(5))"
        active[index]?.labels = ["host": host, "cluster": "eu"]
      }
    }

    private mutating func severity() -> Severity {
      switch chance.below(100) {
      case 0..<22: .critical
      case 22..<62: .warning
      case 62..<95: .info
      default: Severity("odd")
      }
    }
  }
}
