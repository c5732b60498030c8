// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// A realistic notice of each kind of content, from which golden files are made.
public enum SampleNotices {
  /// A critical alert with every field set.
  public static let disk = Alert(
    source: "app",
    id: "disk-7",
    severity: .critical,
    category: "disk_full",
    title: "Festplatte /dev/sda1 über 95 % voll — <sofort> handeln & melden",
    detail: "Used: 953 GB of 1,000 GB.\nAt this rate it is full in 2 h.",
    labels: ["host": "db-1", "team": "storage"],
    panel: "Storage",
    link: "/storage/disks?host=db-1&disk=sda1",
    firstSeen: "2026-11-23T09:02:00Z"
  )

  /// A warning with its own link.
  public static let latency = Alert(
    source: "prometheus",
    id: "p95",
    severity: .warning,
    category: "slow",
    title: "p95 latency is above 800 ms",
    link: "https://grafana.example.com/d/latency",
    firstSeen: "2026-11-23T06:00:00Z"
  )

  /// An alert with only the required fields.
  public static let backup = Alert(source: "app", id: "backup-1", severity: .info, title: "Backup took 42 minutes")

  /// Each kind of content once, with a name.
  public static let all: [(name: String, notice: Notice)] = [
    ("alert", notice(.alert(disk), 1, reason: "newly firing")),
    ("burst", notice(.burst([disk, latency, backup]), 2, reason: "3 alerts at once, more than 2")),
    ("digest", notice(.digest(name: "daily", [latency, backup]), 3, reason: "digest daily at 09:00", route: "")),
    ("followup", notice(.followup([disk, latency], ended: 3), 4, reason: "the cooldown of disk_full has ended")),
    ("resolved", resolved),
    ("group", group),
    ("reminder", notice(.reminder([disk, latency]), 8, reason: "it still fires", route: "routes[0].repeat")),
    ("flapping", notice(.flapping(latency), 9, reason: "fires again")),
    ("alert-link", linked(.alert(disk), reason: "newly firing")),
    ("group-links", linked(.group(name: "host=db-1", [disk, latency, backup], firing: 2), reason: "more alerts")),
    ("test", notice(.test(latency), 6, reason: "belfry test", route: "")),
  ]

  private static var resolved: Notice {
    var notice = notice(.resolved(disk), 5, reason: "no longer firing")
    notice.earlier = [
      Receipt(["channel": "D024BE91L", "ts": "1795424707.000100", "message-id": "<\(id(1))@example.com>"])
    ]
    return notice
  }

  /// The content with acknowledgement links for all alerts except resolved ones.
  private static func linked(_ content: Notice.Content, reason: String) -> Notice {
    var notice = notice(content, 10, reason: reason)
    if content.alerts.count > 1 { notice.flags = [backup.key: Notice.AlertFlags(isResolved: true)] }
    notice.acknowledging = Notice.Acknowledging(home: "https://belfry.example.com")
    for alert in [disk, latency] {
      notice.acknowledging?.links[alert.key] = "https://belfry.example.com/ack/token-of-\(alert.id)"
    }
    return notice
  }

  private static var group: Notice {
    var notice = notice(
      .group(name: "host=db-1", [disk, latency], firing: 4, ended: 2),
      7,
      reason: "more alerts, some resolved"
    )
    notice.flags = [latency.key: Notice.AlertFlags(isResolved: true), disk.key: Notice.AlertFlags(firings: 3)]
    notice.earlier = resolved.earlier
    return notice
  }

  private static func id(_ number: Int) -> String {
    "0199c5a0-0000-7000-8000-0000000000\(number < 10 ? "0" : "")\(number)"
  }

  private static func notice(_ content: Notice.Content, _ number: Int, reason: String, route: String = "routes[0]")
    -> Notice
  {
    Notice(
      delivery: DeliveryID(id(number)),
      channel: "oncall",
      content: content,
      reason: reason,
      route: route,
      sentAt: Instant(seconds: 1_795_424_707),
      product: "Kora",
      cockpit: "https://kora.example.com/ui"
    )
  }
}
