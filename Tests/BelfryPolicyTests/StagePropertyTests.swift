// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Testing
@testable import Belfry
@testable import BelfryConfiguration
@testable import BelfryPolicy

/// Each stage on its own, compared with the simplest description of its task, in random cases.
@Suite("Each stage on its own")
struct StagePropertyTests {
  private static let rule = Rule(path: "r", line: 1)
  private static let start = Instant(seconds: 1_800_000_000)
  private static let severities: [Severity] = [.critical, .warning, .info, Severity("odd")]

  private static func rules(_ text: String) throws -> PolicyRules { try Configuration.reading(text).rules }
  private static func alert(_ random: inout SeededGenerator, ids: Int = 9) -> Alert {
    Alert.test(
      "a\(Int.random(in: 0..<ids, using: &random))",
      severities.randomElement(using: &random) ?? .info,
      ["disk", "net", "host_down"].randomElement(using: &random) ?? "",
      labels: ["host": "h\(Int.random(in: 0..<3, using: &random))"]
    )
  }

  @Test(
    "a window holds alerts no more severe than the most severe sent in it, until its last message is old",
    arguments: 0..<50
  )
  func cooldown(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let rule = CooldownRule(window: .seconds(100), by: [.category], rule: Self.rule)
    var window: CooldownWindow?
    var sent: [(at: Instant, severity: Severity)] = []
    var now = Self.start
    for _ in 0..<60 {
      now = now + .seconds(Int.random(in: 0...80, using: &random))
      let severity = Self.severities.randomElement(using: &random) ?? .info
      // Messages without a gap as long as the window belong to one window.
      var open: [(at: Instant, severity: Severity)] = []
      for one in sent { open = (open.last.map { $0.at + rule.window > one.at } ?? true ? open : []) + [one] }
      let isOpen = open.last.map { $0.at + rule.window > now } ?? false
      let isHeld = isOpen && open.allSatisfy { !severity.isWorse(than: $0.severity) || $0.severity != worst(open) }
      #expect((window?.holds(severity, at: now) ?? false) == isHeld)
      guard !isHeld else { continue }
      window = rule.stamped(window, with: severity, at: now)
      sent.append((now, severity))
      #expect(window?.until == now + rule.window)
    }
  }

  private func worst(_ sent: [(at: Instant, severity: Severity)]) -> Severity {
    sent.map(\.severity).min() ?? .info
  }

  @Test(
    "a group sends at the earliest after its rest, and at the latest after its rest or wait",
    arguments: 0..<50
  )
  func group(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<50 {
      let wait = Duration.seconds(Int.random(in: 0...100, using: &random))
      let rule = GroupRule(by: [], wait: wait, every: .seconds(300), rule: Self.rule)
      var record = GroupState()
      if Bool.random(using: &random) {
        record.restsUntil = Self.start + .seconds(Int.random(in: -400...300, using: &random))
      }
      let due = rule.due(record, at: Self.start)
      let isResting = record.restsUntil.map { $0 > Self.start } ?? false
      #expect(due == (isResting ? record.restsUntil : Self.start + wait))
      record.due = due
      #expect(rule.due(record, at: due + .seconds(9)) == due)
    }
  }

  @Test("an alert flaps from the first change too many in its period, until it settles", arguments: 0..<50)
  func flapping(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let rule = FlappingRule(over: Int.random(in: 1...5, using: &random), within: .seconds(100), rule: Self.rule)
    let stage = FlappingStep(rule: rule)
    var record = AlertRecord(alert: .test("a"), firedAt: Self.start)
    var changes: [Instant] = []
    var isFlapping = false
    var now = Self.start
    for _ in 0..<80 {
      now = now + .seconds(Int.random(in: 1...60, using: &random))
      changes.append(now)
      stage.note(&record, at: now)
      isFlapping = isFlapping || changes.count { $0 + rule.within > now } > rule.over
      #expect(record.isFlapping == isFlapping)
      #expect(record.changes.count <= rule.over + 1)
      #expect(stage.settles(record) == (isFlapping ? now + rule.within : nil))
    }
  }

  @Test(
    "every alert is sent separately, in one summary, or waits for a running burst; none is lost",
    arguments: 0..<80
  )
  func burst(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let within = Bool.random(using: &random) ? #", "within": "60s""# : ""
    let rules = try Self.rules(
      """
      {"routes": [{"match": {"category": "disk"}, "to": "mail", "burst": {"over": 2\(within)}}, {"to": "pager"}],
       "burst": {"over": 3, "except": "critical"\(within)}}
      """
    )
    let stage = BurstStep(rules: rules, now: Self.start)
    let state = PolicyState(ids: DeliveryIDSource(generator: random))
    if Bool.random(using: &random) {
      var burst = BurstState()
      burst.until = Self.start + .seconds(Int.random(in: -50...50, using: &random))
      state.set(.burst(burst), for: .burst(GroupKey("")))
    }
    let announcements = (0..<Int.random(in: 0...12, using: &random)).map { _ in
      let alert = Self.alert(&random, ids: 20)
      let route = rules.table.routes[alert.category == "disk" ? 0 : 1]
      return Announcement(.fires, alert, on: route.to, of: route, trigger: .firstSeen, rule: route.rule)
    }
    let parts = stage(announcements, state)
    let summed = parts.summaries.flatMap(\.announcements)
    #expect(parts.alone.count + summed.count + parts.held.count == announcements.count)
    #expect(
      !(summed + parts.held.map(\.announcement)).contains { $0.route.burst == nil && $0.alert.severity == .critical }
    )
    for summary in parts.summaries {
      #expect(Set(summary.announcements.map(\.alert.key)).count > summary.rule.over)
      #expect(Set(summary.announcements.map { $0.route.burst == nil }).count == 1)
    }
    for (isOwn, over) in [(true, 2), (false, 3)] {
      let alone = parts.alone.filter { ($0.route.burst != nil) == isOwn && (isOwn || $0.alert.severity != .critical) }
      #expect(Set(alone.map(\.alert.key)).count <= over)
    }
  }

  @Test("of the matching silences, the one that ends last applies", arguments: 0..<50)
  func silences(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let silences = (0..<8).map { index in
      var matcher = Matcher()
      if Bool.random(using: &random) {
        matcher.severity = SeveritySelector([Self.severities.randomElement(using: &random) ?? .info])
      }
      let from = Self.start + .seconds(Int.random(in: -100...100, using: &random))
      let until = from + .seconds(Int.random(in: 1...150, using: &random))
      var silence = Silence(id: SilenceID("s\(index)"), matcher: matcher, from: from, until: until, author: "")
      if Int.random(in: 0..<4, using: &random) == 0 { silence.endedAt = Self.start }
      return silence
    }
    for _ in 0..<20 {
      let alert = Self.alert(&random)
      var memo = MatchMemo()
      let matching = silences.filter { silence in
        silence.endedAt == nil && silence.from <= Self.start && Self.start < silence.until
          && silence.matcher.severity?.contains(alert.severity) != false
      }
      let found = SilencesInForce(silences, at: Self.start).muting(alert, memo: &memo)
      #expect(found?.until == matching.map(\.until).max())
      #expect(matching.isEmpty == (found == nil))
    }
  }

  @Test("an alert is muted exactly while another active one mutes it, whatever came before", arguments: 0..<60)
  func inhibition(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var environment = try PolicyEnvironment(
      """
      {"routes": [{"to": "pager"}], "cooldown": 0, "inhibit": [
       {"when": {"category": "host_down"}, "mute": {"severity": ["warning", "info"]}, "equal": ["host"]},
       {"when": {"severity": "critical", "category": "net"}, "mute": {"category": "disk"}}]}
      """
    )
    var active: [AlertKey: Alert] = [:]
    for _ in 0..<40 {
      let alert = Self.alert(&random)
      if active[alert.key] != nil, Bool.random(using: &random) {
        active[alert.key] = nil
        environment.take(.resolved(alert.key))
      } else {
        active[alert.key] = alert
        environment.take(.fired(alert))
      }
      environment.advance(by: .seconds(1))
      for record in environment.alerts.values where record.isActive && record.firstNotified == nil {
        #expect(isMuted(record.alert, by: Array(active.values)), "\(record.alert.id) waits for nothing")
      }
      for key in environment.entries.keys {
        guard let inhibition = environment.entries[key]?.as(InhibitionState.self) else { continue }
        #expect(inhibition.count >= 0)
      }
    }
    for key in active.keys { environment.take(.resolved(key)) }
    environment.advance(by: .seconds(1))
    #expect(environment.entries == [:])
    #expect(environment.lists == [:])
  }

  private func isMuted(_ alert: Alert, by others: [Alert]) -> Bool {
    others.contains { other in
      let isDown = other.category == "host_down" && alert.category != "host_down"
      let byHost = isDown && [.warning, .info].contains(alert.severity) && other.labels["host"] == alert.labels["host"]
      return byHost || (other.category == "net" && other.severity == .critical && alert.category == "disk")
    }
  }

  @Test(
    "a batch keeps the final state of each alert, and ends what was sent before it started again",
    arguments: 0..<80
  )
  func rounds(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var state = PolicyState(ids: DeliveryIDSource(generator: random))
    for id in 0..<5 where Bool.random(using: &random) {
      let alert = Alert.test("a\(id)")
      state.load(alerts: [alert.key: AlertRecord(alert: alert, firedAt: Self.start)])
    }
    let events = (0..<Int.random(in: 0...14, using: &random)).map { _ -> Event in
      let alert = Self.alert(&random, ids: 5)
      return [.fired(alert), .changed(alert), .resolved(alert.key)].randomElement(using: &random) ?? .fired(alert)
    }
    let rounds = EventRounds(events, state, at: Self.start).rounds
    #expect(rounds.count <= 2 || events.isEmpty)
    for round in rounds {
      let keys = round.compactMap(\.event.key)
      #expect(Set(keys).count == keys.count)
    }
    for (key, all) in Dictionary(grouping: events, by: \.key) {
      let taken = rounds.flatMap { $0.filter { $0.event.key == key } }.map(\.event)
      let wasActive = key.flatMap { state[alert: $0] } != nil
      let isActive = all.last?.alert != nil
      #expect((taken.last?.alert ?? nil) == (isActive ? all.last?.alert : nil))
      if wasActive, isActive { #expect(taken.contains { $0.alert == nil } == all.contains { $0.alert == nil }) }
      if !wasActive, !isActive { #expect(taken.isEmpty) }
    }
  }
}
