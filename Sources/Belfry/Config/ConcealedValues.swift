// SPDX-License-Identifier: Apache-2.0

/// Values from outside the file that must not be shown, because they may be secrets in the wrong place.
///
/// Hiding them takes one pass over a text, however many they are.
struct ConcealedValues: Sendable {
  private struct Value: Sendable {
    var bytes: [UInt8]
    var reference: Reference
  }

  /// The values by their first bytes, the longest first.
  private var values: [ArraySlice<UInt8>: [Value]] = [:]

  /// A shorter value is not a secret, and may occur in any word.
  private static let shortest = 6

  init(_ values: [JSONNode.Substitution.Resolved] = []) {
    var seen: Set<[UInt8]> = []
    for value in values {
      let bytes = Array(value.value.reveal().utf8)
      guard bytes.count >= ConcealedValues.shortest, seen.insert(bytes).inserted else { continue }
      self.values[bytes.prefix(ConcealedValues.shortest), default: []].append(
        Value(bytes: bytes, reference: value.reference)
      )
    }
    for key in self.values.keys { self.values[key]?.sort { $0.bytes.count > $1.bytes.count } }
  }

  /// The text with the reference in place of each value.
  func hidden(in text: String) -> String {
    if values.isEmpty { return text }
    let bytes = Array(text.utf8)
    var shown: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let rest = bytes[index...]
      if let found = values[rest.prefix(ConcealedValues.shortest)]?.first(where: { rest.starts(with: $0.bytes) }) {
        shown += Array("${\(found.reference)}".utf8)
        index += found.bytes.count
      } else {
        shown.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: shown, as: UTF8.self)
  }
}
