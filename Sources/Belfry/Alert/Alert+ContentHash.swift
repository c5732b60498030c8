// SPDX-License-Identifier: Apache-2.0

extension Alert {
  /// A hash of everything except its source and ID: equal for equal content, across restarts and machines.
  ///
  /// It is stored, and decides whether an alert changed. A different calculation would make every alert look changed
  /// once; so what an alert may have only since a later version is added only if it has it.
  package var contentHash: UInt64 {
    var hash = ContentHash()
    hash.add(severity.name)
    hash.add(category)
    hash.add(title)
    hash.add(detail)
    hash.add(panel)
    hash.add(link)
    hash.add(firstSeen)
    for label in labels {
      hash.add(label.name)
      hash.add(label.value)
    }
    if !annotations.isEmpty || !sourceLink.isEmpty {
      hash.separate()
      hash.add(sourceLink)
      for annotation in annotations {
        hash.add(annotation.name)
        hash.add(annotation.value)
      }
    }
    // The standard scale gives a word its rank; another scale may change it.
    if severity != Severity(severity.name) {
      hash.separate()
      hash.add(severity.rank)
    }
    return hash.value
  }
}

/// A 64-bit hash of texts, eight bytes at a time: each step multiplies to 128 bits and folds them, like wyhash.
///
/// Do not use it where collisions help an attacker. FNV-1a, one byte at a time, would cost more than parsing the alert.
private struct ContentHash {
  private var state: UInt64 = 0xa076_1d64_78bd_642f

  /// Adds a text with its length, so that different lists of texts give different input.
  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      add(UInt64(bytes.count))
      let raw = UnsafeRawBufferPointer(bytes)
      var position = 0
      while position + 8 <= raw.count {
        add(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
        position += 8
      }
      guard position < raw.count else { return }
      add(raw[position...].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
  }

  mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

  /// Separates two lists of texts: no text has this length.
  mutating func separate() { add(UInt64.max) }

  var value: UInt64 { ContentHash.fold(state ^ 0x8ebc_6af0_9c88_c6e3, 0xe703_7ed1_a0b4_28db) }

  private mutating func add(_ word: UInt64) { state = ContentHash.fold(state ^ word, 0xe703_7ed1_a0b4_28db) }

  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
