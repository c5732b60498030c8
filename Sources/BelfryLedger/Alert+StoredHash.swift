// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension Alert {
  /// FNV-1a (64 bits) over every field but the source and the id, each ended by a byte that no UTF-8 holds.
  var storedHash: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ text: String) {
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      hash = (hash ^ 0xFF) &* 0x100_0000_01B3
    }
    for text in [severity.name, category, title, detail, panel, link, firstSeen] { add(text) }
    for label in labels {
      add(label.name)
      add(label.value)
    }
    return hash
  }
}
