// SPDX-License-Identifier: Apache-2.0

/// Where an alert's id comes from, so that it can be made again from what is left of the alert's labels.
enum AlertOrigin: Sendable {
  /// The alert came with its id.
  case given
  /// The id is a hash of other texts, which is continued with the labels.
  case derived(AlertFingerprint, AlertIdentity)
  /// The alert is one of Prometheus or Alertmanager: its labels identify it, and carry its severity and its category.
  case labelled(AlertIdentity, AlertLabelMapping)

  /// The id of the alert without these labels; nil if it has none of them, and so keeps its id.
  ///
  /// `labels` are all labels of the alert as they are stored.
  func id(without names: Set<ExactText>, of labels: Labels) -> String? {
    if names.isEmpty { return nil }
    var hash: AlertFingerprint
    let identity: AlertIdentity
    switch self {
    case .given: return nil
    case .derived(let start, let source): (hash, identity) = (start, source)
    case .labelled(let source, _): (hash, identity) = (AlertFingerprint(), source)
    }
    guard identity.hasLabel(in: names, besides: labels) else { return nil }
    identity.addLabels(labels, except: names, to: &hash)
    return hash.text
  }
}
