// SPDX-License-Identifier: Apache-2.0

/// What a template of a channel or a route can say about a notice.
struct NoticeData: TemplateObject {
  /// The names that exist.
  static let shape = TemplateShape.object([
    "kind": .text, "status": .text, "isFiring": .bool, "isResolved": .bool, "severity": .text, "rank": .number,
    "title": .text, "text": .text, "reason": .text, "name": .text, "count": .number, "suppressed": .number,
    "alerts": .list(NoticeAlertData.shape), "firing": .list(NoticeAlertData.shape),
    "ended": .list(NoticeAlertData.shape),
    "shared": .object(["labels": .labels, "annotations": .labels]),
    "route": .text, "channel": .text, "product": .text, "link": .text, "now": .instant,
  ])

  private var notice: Notice
  private let alerts: [NoticeAlertData]

  init(_ notice: Notice) {
    self.notice = notice
    // A template uses the built-in text, not its own.
    self.notice.custom = nil
    let shared = Shared(notice.alerts)
    alerts =
      notice.alerts.map { NoticeAlertData($0, in: notice, shared) }.enumerated()
      .sorted { left, right in
        let (first, second) = (left.element, right.element)
        if first.rank != second.rank { return first.rank < second.rank }
        if first.since != second.since { return first.since ?? notice.sentAt < second.since ?? notice.sentAt }
        return left.offset < right.offset
      }
      .map(\.element)
    self.shared = shared
  }

  private let shared: Shared

  var memberNames: [String] {
    [
      "kind", "status", "severity", "rank", "title", "reason", "name", "count", "suppressed", "alerts", "shared",
      "route", "channel", "product", "link", "now",
    ]
  }

  func member(_ name: String) -> TemplateValue {
    switch name {
    case "kind": .text(notice.content.kind)
    case "status": .text(isResolved ? "resolved" : "firing")
    case "isFiring": .bool(!isResolved)
    case "isResolved": .bool(isResolved)
    case "severity": .text(notice.severity.name)
    case "rank": .number(notice.severity.rank)
    case "title": .text(builtIn.summary)
    case "text": .text(builtIn.main)
    case "reason": .text(notice.reason)
    case "name": .text(notice.content.name)
    case "count": .number(alerts.count)
    case "suppressed": .number(notice.suppressed)
    case "alerts": list(alerts)
    case "firing": list(alerts.filter { !$0.isResolved })
    case "ended": list(alerts.filter(\.isResolved))
    case "shared": .object(shared)
    case "route": .text(notice.route)
    case "channel": .text(notice.channel.name)
    case "product": .text(notice.product)
    case "link": .text(notice.home ?? "")
    case "now": .instant(notice.sentAt)
    default: .none
    }
  }

  private var isResolved: Bool { !alerts.isEmpty && alerts.allSatisfy(\.isResolved) }

  private var builtIn: NoticeText { NoticeText(notice, times: .asWritten) }

  private func list(_ alerts: [NoticeAlertData]) -> TemplateValue { .list(alerts.map { .object($0) }) }

  /// What all alerts of a notice have in common.
  struct Shared: TemplateObject {
    let labels: Labels
    let annotations: Labels

    init(_ alerts: [Alert]) {
      labels = Labels(sharedBy: alerts.map(\.labels))
      annotations = Labels(sharedBy: alerts.map(\.annotations))
    }

    var memberNames: [String] { ["labels", "annotations"] }
    func member(_ name: String) -> TemplateValue {
      switch name {
      case "labels": .labels(labels)
      case "annotations": .labels(annotations)
      default: .none
      }
    }
  }
}

/// What a template can say about one alert of a notice.
private struct NoticeAlertData: TemplateObject {
  static let shape = TemplateShape.object([
    "id": .text, "source": .text, "status": .text, "isFiring": .bool, "isResolved": .bool, "isFlapping": .bool,
    "severity": .text, "rank": .number, "category": .text, "title": .text, "detail": .text, "panel": .text,
    "labels": .labels, "own": .object(["labels": .labels]), "annotations": .labels, "links": links,
    "since": .instant, "duration": .duration, "firings": .number, "acknowledged_by": .text,
  ])
  private static let links = TemplateShape.object([
    "details": .text, "runbook": .text, "dashboard": .text, "source": .text, "silence": .text, "acknowledge": .text,
  ])

  let alert: Alert
  let notice: Notice
  let flags: Notice.AlertFlags
  let shared: NoticeData.Shared
  let since: Instant?
  let isResolved: Bool

  init(_ alert: Alert, in notice: Notice, _ shared: NoticeData.Shared) {
    self.alert = alert
    self.notice = notice
    self.shared = shared
    flags = notice.flags[alert.key] ?? Notice.AlertFlags()
    since = Instant(iso8601: alert.firstSeen) ?? flags.since
    if case .resolved = notice.content { isResolved = true } else { isResolved = flags.isResolved }
  }

  var rank: Int { alert.severity.rank }

  var memberNames: [String] {
    [
      "id", "source", "status", "severity", "category", "title", "detail", "panel", "labels", "annotations", "links",
      "since", "duration", "firings", "acknowledged_by",
    ]
  }

  func member(_ name: String) -> TemplateValue {
    switch name {
    case "id": .text(alert.id)
    case "source": .text(alert.source.name)
    case "status": .text(isResolved ? "resolved" : "firing")
    case "isFiring": .bool(!isResolved)
    case "isResolved": .bool(isResolved)
    case "isFlapping": .bool(flags.isFlapping || notice.content.kind == "flapping")
    case "severity": .text(alert.severity.name)
    case "rank": .number(rank)
    case "category": .text(alert.category)
    case "title": .text(alert.title)
    case "detail": .text(alert.detail)
    case "panel": .text(alert.panel)
    case "labels": .labels(alert.labels)
    case "own": .object(OwnData(labels: alert.labels, shared: shared.labels))
    case "annotations": .labels(alert.annotations)
    case "links": .object(LinkData(alert: alert, notice: notice))
    case "since": since.map { .instant($0) } ?? .none
    case "duration": duration.map { .duration($0) } ?? .none
    case "firings": .number(flags.firings)
    case "acknowledged_by": .text(flags.acknowledgedBy)
    default: .none
    }
  }

  /// How long it fires, or fired.
  private var duration: Duration? {
    if isResolved { return flags.firedFor }
    return since.flatMap { $0 <= notice.sentAt ? notice.sentAt - $0 : nil }
  }
}

/// The labels of an alert that not all alerts of the notice have.
private struct OwnData: TemplateObject {
  let labels: Labels
  let shared: Labels

  var memberNames: [String] { ["labels"] }
  func member(_ name: String) -> TemplateValue {
    name == "labels" ? .labels(Labels(labels.filter { shared[$0.name] == nil })) : .none
  }
}

/// The links of an alert: each works, or is empty.
private struct LinkData: TemplateObject {
  let alert: Alert
  let notice: Notice

  var memberNames: [String] { ["details", "runbook", "dashboard", "source", "silence", "acknowledge"] }
  func member(_ name: String) -> TemplateValue {
    switch name {
    case "details": text(links.details)
    case "runbook": text(links.runbook)
    case "dashboard": text(links.dashboard)
    case "source": text(links.source)
    case "acknowledge": text(notice.acknowledging?.links[alert.key])
    default: .text("")
    }
  }

  private var links: AlertLinks { notice.links(of: alert) }

  private func text(_ url: String?) -> TemplateValue { .text(url ?? "") }
}
