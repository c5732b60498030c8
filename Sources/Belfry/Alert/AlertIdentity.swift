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

  /// Whether a label has one of these names; `kept` are the labels that are stored.
  func hasLabel(in names: Set<ExactText>, besides kept: Labels) -> Bool {
    guard let labels else { return kept.contains { names.contains(ExactText($0.name)) } }
    let names = names.map { Array($0.text.utf8) }
    return labels.contains { names.contains($0.name) }
  }

  /// Adds all labels in the order of their names, except those with these names; of two with the same name, the first
  /// one.
  func addLabels(_ kept: Labels, except names: Set<ExactText> = [], to hash: inout AlertFingerprint) {
    guard let labels else {
      for label in kept where names.isEmpty || !names.contains(ExactText(label.name)) {
        hash.add(label.name)
        hash.add(label.value)
      }
      return
    }
    let ordered = labels.enumerated().sorted { left, right in
      if left.element.name == right.element.name { return left.offset < right.offset }
      return left.element.name.lexicographicallyPrecedes(right.element.name)
    }
    let names = names.map { Array($0.text.utf8) }
    var last: [UInt8]?
    for (_, label) in ordered where label.name != last && !names.contains(label.name) {
      hash.add(label.name)
      hash.add(label.value)
      last = label.name
    }
  }
}

/// The 64-bit FNV-1a hash that Prometheus and Alertmanager use to identify an alert: the same labels give the same text
/// here and there.
///
/// They hash each name and each value, in the order of the names, each followed by 0xFF (`labelSetToFingerprint` in
/// prometheus/common, `model/fnv.go`).
struct AlertFingerprint {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  init() {}

  /// Adds a text and the byte 0xFF, which occurs in no text.
  mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte) }
    add(0xFF)
  }

  /// Adds the bytes of a text that may not be UTF-8, and the byte 0xFF.
  mutating func add(_ text: [UInt8]) {
    for byte in text { add(byte) }
    add(0xFF)
  }

  private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

  /// The hash as 16 hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
