// SPDX-License-Identifier: Apache-2.0

/// A notice as the body of Alertmanager's webhook, version 4, for receivers that read exactly that.
///
/// It lists the alerts of the message, and those of the same group that earlier messages contained and that still fire.
/// See prometheus.io/docs/alerting/latest/configuration/#webhook_config.
public struct AlertmanagerDocument: Sendable {
  private let notice: Notice
  private let alerts: [View]

  /// An alert as Alertmanager's clients know it.
  private struct View {
    var alert: Alert
    var labels: Labels
    var annotations: Labels
    var isResolved: Bool

    init(_ alert: Alert, isResolved: Bool) {
      self.alert = alert
      self.isResolved = isResolved
      labels = alert.labelled
      annotations = alert.annotations
      guard annotations.isEmpty else { return }
      if !alert.title.isEmpty { annotations["summary"] = alert.title }
      if !alert.detail.isEmpty { annotations["description"] = alert.detail }
    }
  }

  /// Creates the document of a notice.
  public init(_ notice: Notice) {
    self.notice = notice
    let document = NoticeDocument(notice)
    alerts =
      notice.alerts.map { View($0, isResolved: document.isResolved($0)) }
      + notice.alreadySent.map { View($0, isResolved: false) }
  }

  /// The document in at most `limit` bytes, which should be 4,096 or more.
  ///
  /// If necessary it has fewer alerts, whose number `truncatedAlerts` states; if even one is too large, its texts are
  /// cut.
  public func json(within limit: Int) -> [UInt8] {
    for text in [nil, 1_000, 200, 60] as [Int?] {
      // No alert takes less space than this, so more cannot fit.
      let most = min(alerts.count, limit / 100)
      let whole = json(alerts: most, text: text)
      if whole.count <= limit { return whole }
      var (low, high) = (0, most - 1)
      var best: [UInt8] = []
      while low < high {
        let middle = (low + high + 1) / 2
        let bytes = json(alerts: middle, text: text)
        if bytes.count <= limit { (low, best) = (middle, bytes) } else { high = middle - 1 }
      }
      if low > 0 { return best }
    }
    return json(alerts: 0, text: 60)
  }

  private func json(alerts count: Int, text limit: Int?) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("receiver", notice.channel.name)
      writer.member("status", status)
      writer.key("alerts")
      writer.array(alerts.prefix(count)) { writer, view in write(view, to: &writer, limit) }
      write(groupLabels, as: "groupLabels", to: &writer, limit)
      write(common(\.labels), as: "commonLabels", to: &writer, limit)
      write(common(\.annotations), as: "commonAnnotations", to: &writer, limit)
      writer.member("externalURL", notice.acknowledging?.home ?? notice.home ?? "")
      writer.member("version", "4")
      writer.member("groupKey", groupKey)
      writer.member("truncatedAlerts", alerts.count - count)
    }
    return writer.bytes
  }

  private func write(_ view: View, to writer: inout JSONWriter, _ limit: Int?) {
    writer.object { writer in
      writer.member("status", view.isResolved ? "resolved" : "firing")
      write(view.labels, as: "labels", to: &writer, limit)
      write(view.annotations, as: "annotations", to: &writer, limit)
      writer.member("startsAt", start(of: view.alert).iso8601)
      writer.member("endsAt", view.isResolved ? end(of: view.alert).iso8601 : AlertmanagerDocument.noEnd)
      writer.member("generatorURL", link(of: view.alert))
      writer.member("fingerprint", view.alert.fingerprint)
    }
  }

  private func write(_ labels: Labels, as name: String, to writer: inout JSONWriter, _ limit: Int?) {
    writer.key(name)
    writer.object { writer in
      for label in labels.prefix(limit.map { max(8, $0 / 16) } ?? .max) {
        writer.member(cut(label.name, limit), cut(label.value, limit))
      }
    }
  }

  private func cut(_ text: String, _ limit: Int?) -> String {
    limit.map { text.truncated(to: $0, measuring: .json) } ?? text
  }

  /// How Alertmanager writes the end of an alert that fires: Go's zero time.
  private static let noEnd = "0001-01-01T00:00:00Z"

  /// `resolved` if no alert of the group fires any more.
  var status: String {
    !alerts.isEmpty && alerts.allSatisfy(\.isResolved) ? "resolved" : "firing"
  }

  /// The same for all messages about one group; without a group, about one alert.
  var groupKey: String {
    notice.group?.key ?? (notice.alerts.count == 1 ? notice.alerts[0].key.description : notice.delivery.token)
  }

  /// What the alerts of a group share; without a group, an alert is a group of its own.
  private var groupLabels: Labels {
    notice.group?.labels ?? (alerts.count == 1 ? alerts[0].labels : [:])
  }

  private func common(_ labels: (View) -> Labels) -> Labels {
    Labels(sharedBy: alerts.map(labels))
  }

  private func start(of alert: Alert) -> Instant {
    Instant(iso8601: alert.firstSeen) ?? notice.flags[alert.key]?.since ?? notice.sentAt
  }

  /// When it resolved, as far as that is known; otherwise the time of the message about it.
  private func end(of alert: Alert) -> Instant {
    guard let flags = notice.flags[alert.key], let since = flags.since, let duration = flags.firedFor else {
      return notice.sentAt
    }
    return since + duration
  }

  private func link(of alert: Alert) -> String {
    var source = alert
    source.link = alert.sourceLink
    return notice.address(of: source) ?? notice.address(of: alert) ?? ""
  }
}
