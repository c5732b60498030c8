// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Alert {
  /// The value that `labelled` has for a name, without copying the labels; empty if it has none, as in Alertmanager.
  package func value(ofLabel name: String) -> String {
    if let value = labels[name] { return value }
    switch name {
    case "alertname": return category.isEmpty ? id : category
    case "severity" where labels["alertname"] == nil: return severity.name
    case "source" where labels["alertname"] == nil: return source.name
    default: return ""
    }
  }
}

extension Silence {
  /// Whether it matches the alert.
  ///
  /// A silence with an unreadable pattern matches nothing: too many messages are better than a missing one.
  package func matches(_ alert: Alert, memo: inout MatchMemo) -> Bool {
    refusal == nil && matcher.matches(alert, memo: &memo)
  }
}
