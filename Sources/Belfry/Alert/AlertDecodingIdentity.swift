// SPDX-License-Identifier: Apache-2.0

/// The source of an alert's derived ID: its original texts, before anything is replaced, cut or omitted.
///
/// Nearly every alert is stored unchanged. Only texts that are stored differently are kept here.
struct AlertIdentity {
  private typealias Label = (name: [UInt8], value: [UInt8])

  /// The original category and title; nil if they are stored unchanged.
  var category: [UInt8]?
  var title: [UInt8]?
  /// All original labels; nil if they are stored unchanged.
  private var labels: [Label]?

  /// Adds a label that is stored changed or not at all; `kept` are the labels before it.
  mutating func add(name: [UInt8], value: [UInt8], after kept: [Labels.Label]) {
    if labels == nil { labels = kept.map { (Array($0.name.utf8), Array($0.value.utf8)) } }
    labels?.append((name, value))
  }

  /// Adds a label that is stored unchanged.
  @inline(__always)
  mutating func add(_ label: Labels.Label) {
    if labels != nil { labels?.append((Array(label.name.utf8), Array(label.value.utf8))) }
  }

  /// Removes labels without a value, which Alertmanager treats as absent.
  mutating func removeEmptyLabels() { labels?.removeAll(where: \.value.isEmpty) }

  /// The hash of the labels, which also identifies the alert at Prometheus and Alertmanager.
  func fingerprint(of kept: Labels) -> AlertFingerprint {
    var hash = AlertFingerprint()
    addLabels(kept, to: &hash)
    return hash
  }

  /// Adds all labels in the order of their names; of two with the same name, the first one.
  func addLabels(_ kept: Labels, to hash: inout AlertFingerprint) {
    guard let labels else {
      for label in kept {
        hash.add(label.name)
        hash.add(label.value)
      }
      return
    }
    let ordered = labels.enumerated().sorted { left, right in
      if left.element.name == right.element.name { return left.offset < right.offset }
      return left.element.name.lexicographicallyPrecedes(right.element.name)
    }
    var last: [UInt8]?
    for (_, label) in ordered where label.name != last {
      hash.add(label.name)
      hash.add(label.value)
      last = label.name
    }
  }
}
