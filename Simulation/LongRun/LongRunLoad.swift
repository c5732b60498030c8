// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryFile
import BelfryPolicy
import BelfryTestKit

/// What a long run does: how many alerts, for how long, and how long their history is kept.
struct LongRunLoad: Sendable {
  var length = Duration.seconds(365 * 86_400)
  var alertsPerDay = 10_000
  /// Alerts that fire at the beginning and stay active.
  var active = 0
  var keep = Duration.seconds(90 * 86_400)
  /// How many old months, or days in a short run, of the audit log are kept.
  var auditFiles = 3
  var start = SimulatedRun.start

  /// The alerts that fire at one moment.
  static let batch = 100
  /// The time from one batch to the next.
  var tick: Duration { .seconds(86_400) * LongRunLoad.batch / alertsPerDay }
  var ticks: Int { Int(length / tick) }
  /// After how many ticks an alert ends: at most ten minutes, and a minute in an hour.
  var life: Int { max(1, Int(min(.seconds(600), length / 60) / tick)) }
  /// After how many ticks everything about an alert is over, the daily digest included.
  var settled: Int { life + Int(.seconds(26 * 3600) / tick) + 1 }

  var text: String {
    "\(length.text) with \(alertsPerDay) alerts a day" + (active > 0 ? " and \(active) that stay active" : "")
      + ", history kept for \(keep.text)"
  }

  func alerts(ofTick tick: Int) -> [Alert] {
    (tick * LongRunLoad.batch..<(tick + 1) * LongRunLoad.batch).map(alert)
  }

  /// How many alerts fire again after they have ended: so many that each has ended by then, however fast they come.
  private var again: Int { LongRunLoad.batch / 20 * max(60, 2 * life) }

  /// Whether an alert fires again after it has ended.
  static func firesAgain(_ alert: AlertKey) -> Bool { alert.id.hasPrefix("again-") }

  /// The alert that a ``LongRunLoss`` is about: one for the digest, in the last tick, which is checked last.
  var lost: AlertKey { alerts(ofTick: ticks - 1)[0].key }

  /// The alerts that stay active.
  var lasting: [Alert] {
    (0..<active).map { number in
      alert("lasting-\(number)", .warning, "latency", number, host: "host-\(number % 200)")
    }
  }

  /// The alert with this number: of twenty, ten take no rule but the last route, and the others one rule each.
  private func alert(_ number: Int) -> Alert {
    let host = "host-\(number / 20 % 200)"
    return switch number % 20 {
    case 0: alert("batch-\(number)", .info, "batch", number, host: host)
    // Fifteen alerts each form a group that no other alert joins.
    case 1, 2, 3: alert("database-\(number)", .warning, "database", number, host: "incident-\(number / 100)")
    // Two alerts each share a cooldown: the second ends while it is held.
    case 4: alert("disk-\(number)", .warning, "disk", number, host: "disk-\(number / 200)-\(number / 20 % 5)")
    case 5: alert("queue-\(number)", .warning, "queue", number, host: host)
    case 6: alert("outage-\(number)", .critical, "outage", number, host: host)
    // It mutes the one after it.
    case 7: alert("outage-\(number)", .critical, "outage", number, host: "rack-\(number / 20)")
    case 8: alert("check-\(number)", .warning, "check", number, host: "rack-\(number / 20)")
    // It fires again and again.
    case 9: alert("again-\(number / 20 % again)", .warning, "latency", number / 20 % again, host: host)
    case 10: alert("payment-\(number)", .warning, "payment", number, host: host)
    default: alert("latency-\(number)", .warning, "latency", number, host: host)
    }
  }

  private func alert(_ id: String, _ severity: Severity, _ category: String, _ number: Int, host: String)
    -> Alert
  {
    Alert(
      source: .push,
      id: id,
      severity: severity,
      category: category,
      title: "\(category) of service \(number % 40) is out of bounds on \(host)",
      detail: "The value has been \(number % 97) for five minutes; the limit is 20.",
      labels: ["service": "service-\(number % 40)", "host": host, "region": "eu-\(number % 3)"]
    )
  }

  /// A silence of an hour each day; the alerts that it mutes end in it.
  func silence(day: Int, at now: Instant) -> Silence {
    var matcher = Matcher()
    matcher.category = Patterns([.exact("payment")])
    return Silence(
      id: SilenceID("day\(day)"),
      matcher: matcher,
      from: now,
      until: now + .seconds(3600),
      author: "operator"
    )
  }

  /// The file, which `belfry` reads too.
  var configuration: String {
    """
    {
      "channels": {
        "ops": { "kind": "file", "path": "ops.jsonl" },
        "team": { "kind": "file", "path": "team.jsonl" },
        "night": { "kind": "file", "path": "night.jsonl" }
      },
      "state": "belfry.db",
      "keep": "\(keep.text)",
      "audit": {
        "path": "audit.jsonl",
        "rotate": { "every": "\(length < .seconds(60 * 86_400) ? "day" : "month")", "keep": \(auditFiles) }
      },
      "cooldown": "0s",
      "digests": { "daily": { "at": "09:00", "to": "night" } },
      "inhibit": [{ "when": { "category": "outage" }, "mute": { "category": "check" }, "equal": ["host"] }],
      "routes": [
        { "match": { "category": "batch" }, "digest": "daily" },
        {
          "match": { "category": "database" }, "to": "team", "resolved": true,
          "group": { "by": ["host"], "wait": "30s", "every": "5m" }
        },
        { "match": { "category": "disk" }, "to": "ops", "cooldown": { "window": "30m", "by": ["host"] } },
        { "match": { "category": "queue" }, "to": "team", "burst": { "over": 8, "within": "5m" } },
        { "match": { "category": "outage" }, "to": ["ops", "team"], "resolved": true },
        { "to": "ops" }
      ]
    }
    """
  }

  func read(in folder: String) throws -> Configuration {
    try Configuration.parse(configuration, kinds: ChannelRegistry([FileChannel.self]), environment: [:], folder: folder)
  }
}
