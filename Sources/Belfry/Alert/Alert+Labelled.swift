// SPDX-License-Identifier: Apache-2.0

extension Alert {
  /// The labels that it has where alerts are known by their labels alone, as Alertmanager and its clients know them.
  ///
  /// One with an `alertname` has its own and no others; else what names it here stands for those that are missing.
  package var labelled: Labels {
    guard labels["alertname"] == nil else { return labels }
    var labels = labels
    labels["alertname"] = category.isEmpty ? id : category
    labels["severity"] = labels["severity"] ?? severity.name
    labels["source"] = labels["source"] ?? source.name
    return labels
  }
}

extension Silence {
  /// Whether it is meant for the alert, by what it is or by the labels that stand for that.
  ///
  /// A silence with a pattern that cannot be read silences nothing: a message too many is better than one that is missing.
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
