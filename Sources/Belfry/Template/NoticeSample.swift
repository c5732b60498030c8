// SPDX-License-Identifier: Apache-2.0

/// A kind of message, with a realistic notice of it: to check a template, and to preview a channel.
package enum NoticeSample: String, CaseIterable, Sendable {
  case alert
  case burst
  case digest
  case followup
  case group
  case reminder
  case flapping
  case resolved
  case test

  /// The notice, with typical alerts.
  package func notice(
    on channel: ChannelName = "channel",
    product: String = "",
    cockpit: String = "",
    sentAt now: Instant = Instant(seconds: 1_795_424_707)
  ) -> Notice {
    notice(of: NoticeSample.alerts(at: now), on: channel, product: product, cockpit: cockpit, sentAt: now)
  }

  /// The notice about some alerts, of which there is at least one; the last one of several has resolved in a group.
  package func notice(
    of alerts: [Alert],
    on channel: ChannelName = "channel",
    product: String = "",
    cockpit: String = "",
    sentAt now: Instant = Instant(seconds: 1_795_424_707)
  ) -> Notice {
    var notice = Notice(
      delivery: DeliveryID("0199c5a0-0000-7000-8000-000000000001"),
      channel: channel,
      content: content(alerts),
      reason: "a sample",
      route: "routes[0]",
      sentAt: now,
      product: product,
      cockpit: cockpit
    )
    for alert in alerts {
      let start = Instant(iso8601: alert.firstSeen)
      notice.flags[alert.key] = Notice.AlertFlags(since: start)
      if self == .resolved { notice.flags[alert.key]?.firedFor = start.map { now - $0 } }
    }
    if self == .group {
      notice.group = GroupIdentity(key: "sample", labels: ["cluster": "eu-1"])
      if alerts.count > 1, let last = alerts.last {
        notice.flags[last.key]?.isResolved = true
        notice.flags[last.key]?.firedFor = Instant(iso8601: last.firstSeen).map { now - $0 }
      }
    }
    return notice
  }

  private func content(_ alerts: [Alert]) -> Notice.Content {
    switch self {
    case .alert: .alert(alerts[0])
    case .burst: .burst(alerts)
    case .digest: .digest(name: "daily", alerts)
    case .followup: .followup(alerts, ended: 1)
    case .group: .group(name: "cluster=eu-1", alerts, firing: max(1, alerts.count - 1))
    case .reminder: .reminder(alerts)
    case .flapping: .flapping(alerts[0])
    case .resolved: .resolved(alerts[0])
    case .test: .test(alerts[0])
    }
  }

  /// Alerts as Prometheus pushes them, with everything that they usually have.
  package static func alerts(at now: Instant) -> [Alert] {
    [
      alert("1", .critical, "HighErrorRate", instance: "web-1:9100", since: now - .seconds(13_345)),
      alert("2", .warning, "DiskFull", instance: "db-1:9100", since: now - .seconds(840)),
      alert("3", .info, "SlowPages", instance: "web-2:9100", since: now - .seconds(60)),
    ]
  }

  private static func alert(
    _ id: String,
    _ severity: Severity,
    _ name: String,
    instance: String,
    since start: Instant
  ) -> Alert {
    Alert(
      source: "prometheus",
      id: id,
      severity: severity,
      category: name,
      title: "\(name) on \(instance)",
      detail: "A longer description of \(name).",
      labels: [
        "alertname": name, "severity": severity.name, "cluster": "eu-1", "team": "web", "instance": instance,
        "job": "node",
      ],
      link: "https://wiki.example.com/runbooks/\(name)",
      firstSeen: start.iso8601,
      annotations: [
        "summary": "\(name) on \(instance)", "description": "A longer description of \(name).",
        "runbook_url": "https://wiki.example.com/runbooks/\(name)",
        "dashboard_url": "https://grafana.example.com/d/\(name)",
      ],
      sourceLink: "https://prometheus.example.com/graph?g0.expr=up"
    )
  }
}

extension NoticeSample {
  /// What a template is checked with: each kind with typical alerts, alerts that have nothing but an id and a title, and
  /// a large group.
  static let checked: [(name: String, data: NoticeData)] = {
    let bare = [
      Alert(source: "app", id: "1", severity: .warning, title: "A title"),
      Alert(source: "app", id: "2", severity: .warning, title: "Another title"),
    ]
    let typical = alerts(at: Instant(seconds: 1_795_424_707))
    let many = (0..<1_000).map { index in
      var alert = typical[index % typical.count]
      alert.id = "\(index)"
      return alert
    }
    let kinds = allCases.map { (name: $0.noun, notice: $0.notice()) }
    let poor = [NoticeSample.alert, .group, .resolved].map {
      (name: "\($0.noun) without labels and annotations", notice: $0.notice(of: bare))
    }
    let large = (name: "a group of 1,000 alerts", notice: NoticeSample.group.notice(of: many))
    return (kinds + poor + [large]).map { ($0.name, NoticeData($0.notice)) }
  }()

  /// With its article: “a reminder”.
  private var noun: String {
    switch self {
    case .alert: "an alert"
    case .followup: "a follow-up"
    case .flapping: "a flapping alert"
    case .resolved: "a resolved alert"
    case .burst, .digest, .group, .reminder, .test: "a \(rawValue)"
    }
  }
}
