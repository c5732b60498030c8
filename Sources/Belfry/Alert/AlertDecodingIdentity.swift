// SPDX-License-Identifier: Apache-2.0

/// What an alert's id is made of where its source gives it none: its texts as they came, before anything is replaced, cut or
/// left out.
///
/// Nearly every alert is kept as it came. Only what is kept in another way is held here.
struct AlertIdentity {
  private typealias Label = (name: [UInt8], value: [UInt8])

  /// The category and the title as they came; nil where they are kept so.
  var category: [UInt8]?
  var title: [UInt8]?
  /// All labels as they came; nil where they are kept so.
  private var labels: [Label]?

  /// Adds a label that is not kept as it came, or not at all; `kept` are the labels before it.
  mutating func add(name: [UInt8], value: [UInt8], after kept: [Labels.Label]) {
    if labels == nil { labels = kept.map { (Array($0.name.utf8), Array($0.value.utf8)) } }
    labels?.append((name, value))
  }

  /// Adds a label that is kept as it came.
  @inline(__always)
  mutating func add(_ label: Labels.Label) {
    if labels != nil { labels?.append((Array(label.name.utf8), Array(label.value.utf8))) }
  }

  /// Leaves out labels without a value: to Alertmanager they are not there.
  mutating func removeEmptyLabels() { labels?.removeAll(where: \.value.isEmpty) }

  /// The hash of the labels that names the alert at Prometheus and Alertmanager too.
  func fingerprint(of kept: Labels) -> AlertFingerprint {
    var hash = AlertFingerprint()
    addLabels(kept, to: &hash)
    return hash
  }

  /// Adds all labels in the order of their names; of two with one name the first one.
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
