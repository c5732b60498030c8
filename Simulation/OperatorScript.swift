// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy

/// The actions of people: they acknowledge, silence and end silences, and send alerts from a command line.
struct OperatorScript: Sendable {
  private var chance: Chance
  /// The mean time between two actions.
  private let pace: Duration
  private(set) var next: Instant
  private var count = 0
  /// The silences made, latest last.
  private var silences: [Silence] = []

  init(seed: UInt64, from start: Instant, pace: Duration) {
    self.pace = pace
    chance = Chance(seed: seed, "operator")
    next = start + chance.wait(around: pace / 2)
  }

  /// The next action, for these active alerts.
  mutating func act(_ active: [AlertKey], at now: Instant) -> [Event] {
    next = now + chance.wait(around: pace)
    switch chance.below(100) {
    case 0..<30:
      return chance.pick(active).map { [.acknowledged($0, by: "ann", comment: "")] } ?? []
    case 30..<60: return [.silenced(silence(at: now))]
    case 60..<68: return silences.last.map { [.unsilenced($0.id, by: "bob")] } ?? []
    case 68..<74: return change(at: now).map { [.silenced($0)] } ?? []
    case 74..<90: return [.fired(command("backup"))]
    case 90..<96: return [.fired(command("deploy"))]
    default: return [.resolved(command("deploy").key)]
    }
  }

  /// Ends all silences that may still apply.
  func rest() -> [Event] { silences.map { .unsilenced($0.id, by: "bob") } }

  private func command(_ id: String) -> Alert {
    Alert(source: .command, id: id, severity: .warning, category: "disk", title: "From a shell", labels: ["host": "h1"])
  }

  private mutating func silence(at now: Instant) -> Silence {
    count += 1
    let from = chance.percent(25) ? now + chance.minutes(10...300) : now
    let isRecurring = chance.percent(25)
    let lasts = isRecurring ? chance.minutes(1500...6000) : chance.minutes(10...500)
    let silence = Silence(
      id: SilenceID("s\(count)"),
      matcher: matcher(),
      from: from,
      until: from + lasts,
      hours: isRecurring ? hours() : nil,
      author: "ann",
      sendsAfterwards: !chance.percent(25)
    )
    silences.append(silence)
    return silence
  }

  /// The last silence, for another time or for other alerts.
  private mutating func change(at now: Instant) -> Silence? {
    guard var silence = silences.last, silence.until > now else { return nil }
    if chance.percent(50) { silence.until = now + chance.minutes(5...600) } else { silence.matcher = matcher() }
    silences[silences.count - 1] = silence
    return silence
  }

  private mutating func hours() -> WallClockWindow? {
    guard let from = TimeOfDay(text: "0\(chance.below(10)):30"), let to = TimeOfDay(text: "1\(chance.below(10)):15")
    else { return nil }
    return WallClockWindow(from: from, to: to, days: Set(Weekday.allCases), zone: TimeZoneName.utc.zone)
  }

  private mutating func matcher() -> Matcher {
    let texts = [
      #"{"category": "disk"}"#, #"{"labels": {"host": "h1"}}"#, #"{"severity": "info"}"#, #"{"category": "net"}"#,
      #"{"labels": {"cluster": "eu"}, "severity": "warning"}"#, #"{"source": "app", "category": "cpu"}"#,
    ]
    let source = SourceText(name: "a matcher", bytes: Array((chance.pick(texts) ?? "{}").utf8))
    var report = Report(source: source, folder: "")
    return JSONTree.parse(source).node.flatMap { Matcher.read($0, &report) } ?? Matcher()
  }
}
