// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import Testing

@Suite("Waking an investigator")
struct InvestigationHistoryTests {
  private static let start = Instant(seconds: 1_800_000_000)

  /// The decisions for events at these seconds: `w`oken, `d`ebounced, or a `c`ount that is too small.
  private func decide(
    _ seconds: [Int],
    _ severity: Severity = .warning,
    by rules: InvestigationRules = InvestigationRules()
  ) -> String {
    var record = InvestigationHistory()
    return seconds.map { second in
      switch record.take(severity, at: Self.start + .seconds(second), by: rules) {
      case .wake: "w"
      case .count: "c"
      case .debounced: "d"
      }
    }.joined()
  }

  @Test("happens at the second event within ten minutes, and then not for ten minutes")
  func defaults() {
    #expect(decide([0, 180, 360, 779, 780]) == "cwddw")
    #expect(decide([0, 600, 1199]) == "ccw")
    #expect(decide([0, 1, 601 + 600, 602 + 600]) == "cwcw")
  }

  @Test("happens at the first event if one is enough, and at every event without a debounce")
  func off() {
    #expect(decide([0, 1, 600], by: InvestigationRules(required: 1)) == "wdw")
    #expect(decide([0, 0, 1], by: InvestigationRules(debounce: .zero)) == "www")
  }

  @Test("treats a critical event like any other, unless it is let through")
  func critical() {
    #expect(decide([0, 1, 2], .critical) == "cwd")
    #expect(decide([0, 1, 2], .critical, by: InvestigationRules(letsCriticalThrough: true)) == "www")
    #expect(decide([0, 1, 2], .warning, by: InvestigationRules(letsCriticalThrough: true)) == "cwd")
  }

  @Test("is debounced by a wake of an earlier run")
  func restart() {
    var record = InvestigationHistory(lastWake: Self.start)
    let end = Self.start + .seconds(600)
    #expect(record.take(.warning, at: Self.start + .seconds(5), by: InvestigationRules()) == .debounced(until: end))
    #expect(record.take(.warning, at: end, by: InvestigationRules()) == .wake)
  }

  @Test("is not muted by a clock that is set back")
  func clockSetBack() {
    #expect(decide([10_000, 10_001, 0, 1, 2]) == "cwcwd")
  }

  @Test("happens at most once per debounce, and only after enough events")
  func pauses() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let rules = InvestigationRules(
        debounce: .seconds(.random(in: 1...50, using: &random)),
        required: .random(in: 1...4)
      )
      var (record, now, events, wakes) = (InvestigationHistory(), Self.start, [Instant](), [Instant]())
      for _ in 0..<60 {
        now = now + .seconds(Int.random(in: 0...20, using: &random))
        events.append(now)
        let counted = events.count { now - $0 < rules.debounce }
        let isFree = wakes.last.map { now - $0 >= rules.debounce } ?? true
        let isWoken = record.take(.warning, at: now, by: rules) == .wake
        #expect(isWoken == (isFree && counted >= rules.required), "\(rules), events \(events), wakes \(wakes)")
        if isWoken { wakes.append(now) }
      }
    }
  }
}
