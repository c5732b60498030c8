// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// Active alerts by receiver and by the labels they share: `GET /api/v2/alerts/groups`.
struct AlertGroups: Sendable {
  private struct Key: Hashable {
    var receiver: ChannelName
    var labels: Labels
  }

  private var groups: [Key: [AlertView]] = [:]

  mutating func add(_ view: AlertView, on routes: [Route], _ rules: PolicyRules) {
    for route in routes {
      let labels = AlertGroups.shared(view, on: route)
      for receiver in rules.reach(of: route) {
        groups[Key(receiver: receiver, labels: labels), default: []].append(view)
      }
    }
  }

  /// The labels that a group shares: those the route groups by, otherwise the alerts' names.
  private static func shared(_ view: AlertView, on route: Route) -> Labels {
    let alert = view.record.alert
    guard let by = route.group?.by, !by.isEmpty else { return ["alertname": view.labels["alertname"] ?? ""] }
    return Labels(
      by.map { key in
        let value =
          switch key {
          case .category: alert.category
          case .source: alert.source.name
          case .severity: alert.severity.name
          case .label(let name): view.labels[name.text] ?? ""
          }
        return Labels.Label(name: key.name, value: value)
      }
    )
  }

  func encode(into writer: inout JSONWriter, horizon: Instant) {
    let sorted = groups.sorted { left, right in
      (left.key.receiver, left.key.labels.map(\.value).joined(separator: ","))
        < (right.key.receiver, right.key.labels.map(\.value).joined(separator: ","))
    }
    writer.array(sorted) { writer, group in
      writer.object { writer in
        writer.key("alerts")
        writer.array(group.value) { $1.encode(into: &$0, horizon: horizon) }
        writer.key("labels")
        writer.object { for label in group.key.labels { $0.member(label.name, label.value) } }
        writer.key("receiver")
        writer.object { $0.member("name", group.key.receiver.name) }
      }
    }
  }
}
