// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy

// The cost of the policy with every stage in use, and that it does not depend on the number of active alerts.
extension BelfryBench {
  static func measurePolicy(in folder: String) async throws {
    let policy = Policy(rules: try Samples.everyStage(folder: folder).rules)
    try measureDeciding(policy)
    for active in [1_000, 10_000, 100_000, 1_000_000] {
      let ledger = try await SQLiteLedger.inMemory(now: { Samples.now })
      try await measureOneMore(policy, ledger, "in memory", active: active)
      try await ledger.close()
    }
    for active in [1_000, 10_000, 100_000] {
      let ledger = try await SQLiteLedger.open(path: "\(folder)/policy-\(active).db", now: { Samples.now })
      try await measureOneMore(policy, ledger, "in a file", active: active)
      try await ledger.close()
    }
  }

  /// Measures deciding alone: no ledger; the state that a ledger would load is in a dictionary.
  private static func measureDeciding(_ policy: Policy) throws {
    let events = Samples.everyKind(0..<100_000).map { Event.fired($0) }
    var outcome = PolicyOutcome()
    let elapsed = ContinuousClock().measure {
      var state = PolicyState(silences: Samples.silences, ids: DeliveryIDSource())
      outcome = policy.decide(events, state: &state, at: Samples.now)
    }
    let what = "100,000 firing alerts, all stages (\(outcome.deliveries.count) told, \(outcome.joined.count) wait)"
    row(what, elapsed.inSeconds * 1_000, "ms")
  }

  /// Measures one alert that fires, gets more severe and resolves while others are active.
  private static func measureOneMore(
    _ policy: Policy,
    _ ledger: any Ledger,
    _ kind: String,
    active: Int
  ) async throws {
    for start in stride(from: 0, to: active, by: 10_000) {
      let events = Samples.everyKind(start..<min(active, start + 10_000)).map { Event.fired($0) }
      _ = try await ledger.ingest(events, policy: policy, lease: nil)
    }
    let more = Samples.everyKind(active..<active + 6_400)
    let clock = ContinuousClock()
    let start = clock.now
    for batch in stride(from: 0, to: more.count, by: 64) {
      let alerts = more[batch..<batch + 64]
      _ = try await ledger.ingest(alerts.map { .fired($0) }, policy: policy, lease: nil)
      _ = try await ledger.ingest(alerts.map { .changed($0.critical) }, policy: policy, lease: nil)
      _ = try await ledger.ingest(alerts.map { .resolved($0.key) }, policy: policy, lease: nil)
    }
    let perEvent = (clock.now - start).inSeconds * 1_000_000 / Double(3 * more.count)
    row("one event, all stages, \(kind), \(active) active", perEvent, "µs")
  }
}

extension Samples {
  /// A Tuesday at noon, UTC.
  static let now = Instant(seconds: 1_800_014_400)

  /// Alerts of 20 categories, so that every route and every stage is used.
  static func everyKind(_ range: Range<Int>) -> [Alert] {
    let severities: [Severity] = [.critical, .warning, .warning, .info, .info]
    return range.map { index in
      Alert(
        source: source,
        id: "alert-\(index)",
        severity: severities[index % severities.count],
        category: index % 1_000 == 0 ? "host_down" : "category-\(index % 400)",
        title: "Disk \(index) is almost full",
        detail: "Less than 5 % is free.",
        labels: Labels([
          Labels.Label(name: "cluster", value: "cluster-\(index % 100)"),
          Labels.Label(name: "host", value: "host-\(index / 10)"),
          Labels.Label(name: "team", value: ["web", "db", "net", "ops"][index % 4]),
        ])
      )
    }
  }

  static var silences: [Silence] {
    (0..<20).map { index in
      var matcher = Matcher()
      matcher.category = Patterns([.exact("category-\(index)")])
      return Silence(
        id: SilenceID("s\(index)"),
        matcher: matcher,
        from: now,
        until: now + .seconds(3_600),
        author: "bench"
      )
    }
  }

  static func everyStage(folder: String) throws -> Configuration {
    let quiet = #""quiet": { "from": "22:00", "to": "07:00", "timezone": "Europe/Paris", "except": "critical" }"#
    let routes = [
      #"{ "match": { "labels": { "team": "web" } }, "to": "journal", "resolved": true, "group": { "by": "cluster" }, \#(quiet) }"#,
      #"{ "match": { "labels": { "team": "db" } }, "to": "journal", "resolved": true, "repeat": "4h", \#(quiet), "#
        + #""escalate": [{ "after": "15m", "to": "journal" }], "cooldown": { "window": "5m", "by": ["category", "host"] } }"#,
      #"{ "match": { "severity": "info" }, "digest": "daily" }"#,
      #"{ "to": "journal", "resolved": true, \#(quiet) }"#,
    ]
    let rest = """
      "cooldown": "30m", "burst": { "over": 50, "within": "60s", "except": "critical" },
      "digests": { "daily": { "at": "09:00", "timezone": "Europe/Paris", "to": "journal" } },
      "flapping": { "over": 6, "within": "30m" }, "expect": { "id": "backup", "every": "24h" },
      "inhibit": [{ "when": { "category": "host_down" }, "mute": { "severity": ["warning", "info"] }, "equal": "host" }]
      """
    return try configuration(routes: routes, rest: rest, folder: folder)
  }
}

extension Alert {
  fileprivate var critical: Alert {
    var alert = self
    alert.severity = .critical
    return alert
  }
}
