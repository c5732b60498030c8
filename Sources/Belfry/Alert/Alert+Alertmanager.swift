// SPDX-License-Identifier: Apache-2.0

// An alert as Alertmanager's clients and receivers know it: by labels alone.
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

  /// Sixteen hexadecimal digits that identify it: its source's, if that gave such digits.
  package var fingerprint: String {
    let isOne = id.utf8.count == 16 && id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isOne && source == .push ? id : StableHash.hex(of: key.description)
  }
}
