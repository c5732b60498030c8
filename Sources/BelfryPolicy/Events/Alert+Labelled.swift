// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Alert {
  /// The alert's labels for clients that identify alerts by labels alone, such as Alertmanager's.
  ///
  /// If it has an `alertname`, these are its own labels. Otherwise its fields supply the missing ones.
  package var labelled: Labels {
    guard labels["alertname"] == nil else { return labels }
    var labels = labels
    labels["alertname"] = category.isEmpty ? id : category
    labels["severity"] = labels["severity"] ?? severity.name
    labels["source"] = labels["source"] ?? source.name
    return labels
  }

  /// The value that `labelled` has for a name, without copying the labels; empty if it has none, as in Alertmanager.
  package func value(ofLabel name: String) -> String {
    if let value = labels[name] { return value }
    guard let field = Alert.suppliedLabels[name], labels["alertname"] == nil else { return "" }
    return switch field {
    case .name: category.isEmpty ? id : category
    case .severity: severity.name
    case .source: source.name
    }
  }

  private enum SuppliedLabel {
    case name
    case severity
    case source
  }
  private static let suppliedLabels: [ExactText: SuppliedLabel] = [
    "alertname": .name, "severity": .severity, "source": .source,
  ]
}

extension Silence {
  /// Whether it matches the alert, by its fields or by the labels that stand for them.
  ///
  /// A silence with an unreadable pattern matches nothing: too many messages are better than a missing one.
  package func matches(_ alert: Alert, memo: inout MatchMemo) -> Bool {
    guard refusal == nil else { return false }
    guard !matcher.labels.isEmpty, alert.labels["alertname"] == nil else {
      return matcher.matches(alert, memo: &memo)
    }
    var labelled = alert
    labelled.labels = alert.labelled
    return matcher.matches(labelled, memo: &memo)
  }
}
