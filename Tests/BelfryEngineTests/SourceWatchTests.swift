// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("A watched source")
struct SourceWatchTests {
  private let now = Instant(seconds: 1_800_000_000)
  private let source = ScriptedSource("it")

  private func watch(_ active: [ExactText: UInt64] = [:], stale: Period? = nil) -> SourceWatch {
    var common = CommonSourceSettings()
    common.stale = stale
    return SourceWatch(
      ConfiguredSource(name: "it", source: source, common: common),
      every: .seconds(60),
      active: ActiveSet(source: "it", hashes: active),
      from: now,
      silence: SourceSilence("it", limit: stale?.duration, isRaised: false)
    )
  }

  /// The alerts that begin, change or end at a poll after so many minutes.
  private func keys(_ watch: inout SourceWatch, _ observation: Observation, after minutes: Int = 0) async -> [String] {
    source.say(observation)
    let moment = now + .seconds(60 * minutes)
    let change = watch.take(await watch.poll(.unanswered(at: moment)), at: moment)
    return change.events.compactMap { event in
      event.key.map { event.alert == nil ? "end of \($0)" : "\($0)" }
    }
  }

  private func alert(_ id: String, _ title: String = "T") -> Alert { Alert(id: id, severity: .info, title: title) }

  @Test("reports only the changes that its source reports, and keeps all other alerts")
  func changes() async {
    var watch = watch()
    #expect(await keys(&watch, .active([alert("a"), alert("b")])) == ["it/a", "it/b"])
    let more = Observation.changes([alert("b", "New"), alert("c")], resolved: ["a", "unknown"])
    #expect(await keys(&watch, more, after: 1) == ["it/b", "it/c", "end of it/a"])
    #expect(await keys(&watch, .changes([], resolved: []), after: 2) == [])
    #expect(watch.active.count == 2 && watch.trouble == nil)
  }

  @Test(
    "keeps its alerts while it is unreadable, which raises an alert after three periods",
    arguments: [Observation.failed("no connection"), .partial([], because: "no connection")]
  )
  func silence(observation: Observation) async {
    var watch = watch(["a": 1])
    var found: [String] = []
    for minute in 1...4 { found += await keys(&watch, observation, after: minute) }
    #expect(found == ["belfry/source/it"] && watch.active.count == 1 && watch.trouble == "no connection")
  }

  @Test("limits the age of the data only with `stale`", arguments: [true, false])
  func age(isLimited: Bool) async {
    var watch = watch(stale: isLimited ? Period(.seconds(120)) : nil)
    let old = Observation(.alerts(AlertSnapshot(alerts: [])), writtenAt: now + .seconds(-300))
    #expect(await keys(&watch, old) == (isLimited ? ["belfry/source/it"] : []))
    #expect(watch.lastRead == now)
  }

  @Test("takes only alerts of its own, within the limits of texts that are read")
  func limits() async {
    var watch = watch()
    var long = alert("a\u{7}", String(repeating: "x", count: 2_000))
    long.source = "other"
    source.say(.active([long]))
    let change = watch.take(await watch.poll(.unanswered(at: now)), at: now)
    let taken = change.events.first?.alert
    #expect(taken?.source == "it" && taken?.title.count == 1_000 && taken?.id.contains("\u{7}") == false)
    #expect(change.remarks.count == 2)
  }

  @Test("keeps what its source remembers when a poll is taken, and not before")
  func memory() async {
    var watch = SourceWatch(
      ConfiguredSource(name: "it", source: CountingSource()),
      every: .seconds(60),
      active: ActiveSet(source: "it", hashes: [:]),
      from: now
    )
    _ = await watch.poll(.unanswered(at: now))
    let first = await watch.poll(.unanswered(at: now))
    #expect(watch.take(first, at: now).events.compactMap(\.alert?.title) == ["poll 1"])
    let second = await watch.poll(.unanswered(at: now))
    #expect(watch.take(second, at: now).events.compactMap(\.alert?.title) == ["poll 2"])
  }
}

/// A source that counts its polls.
private struct CountingSource: AlertSource {
  struct Settings: SourceSettings { static let fields: [Field<Self>] = [] }

  static let kind: SourceKind = "counting"
  private var polls = 0

  init() {}
  init(name: SourceName, settings: Settings) {}

  mutating func poll(_ context: PollContext) async -> Observation {
    polls += 1
    return .active([Alert(id: "a", severity: .info, title: "poll \(polls)")])
  }
}
