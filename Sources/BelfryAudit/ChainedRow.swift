// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A row that states its place in a chain, parsed from its line.
package struct ChainedRow: Sendable {
  /// The stated number and hash.
  package let end: ChainEnd
  /// The stated hash of its predecessor; nil if that is the row above it.
  package let after: String?
  /// The attempt that the row records; nil for every other row, and for rows of an older Belfry.
  package let attempt: DeliveryAttempt?
  /// The hashed content, without the predecessor's hash.
  private let content: ArraySlice<UInt8>

  static let afterKey = Array(#","after":""#.utf8)
  static let numberKey = Array(#","number":"#.utf8)
  static let hashKey = Array(#","hash":""#.utf8)
  fileprivate static let deliveryKey = Array(#","\#(DeliveryAttempt.keys.delivery)":""#.utf8)
  fileprivate static let attemptKey = Array(#"","\#(DeliveryAttempt.keys.number)":"#.utf8)
  static let close = Array(#""}"#.utf8)
  /// Longer than any UUID.
  fileprivate static let longestID = 64

  /// Parses a line without its line break; nil if it is not a chained row.
  package init?(_ line: ArraySlice<UInt8>) {
    var rest = line
    guard rest.drop(ending: ChainedRow.close), let hash = rest.dropHash(), rest.drop(ending: ChainedRow.hashKey) else {
      return nil
    }
    content = rest
    guard let number = rest.dropNumber(), rest.drop(ending: ChainedRow.numberKey) else { return nil }
    end = ChainEnd(number: number, hash: hash)
    after = rest.dropAfter()
    attempt = rest.attempt()
  }

  /// Whether its hash matches its content and the given predecessor's hash.
  package func fits(after hash: String) -> Bool { SHA256.hexadecimal(of: Array(hash.utf8) + content) == end.hash }
}

extension ArraySlice<UInt8> {
  fileprivate mutating func drop(ending: [UInt8]) -> Bool {
    guard suffix(ending.count).elementsEqual(ending) else { return false }
    removeLast(ending.count)
    return true
  }

  /// The stated hash of the row's predecessor; a row without one is left unchanged.
  fileprivate mutating func dropAfter() -> String? {
    var rest = self
    guard rest.drop(ending: [JSONByte.quote]), let hash = rest.dropHash(), rest.drop(ending: ChainedRow.afterKey)
    else { return nil }
    self = rest
    return hash
  }

  /// The attempt that the row names at its end.
  fileprivate func attempt() -> DeliveryAttempt? {
    var rest = self
    guard let number = rest.dropNumber(), rest.drop(ending: ChainedRow.attemptKey) else { return nil }
    let id = rest.suffix(ChainedRow.longestID).reversed().prefix { $0 != JSONByte.quote }
    let text = String(decoding: id.reversed(), as: UTF8.self)
    rest.removeLast(id.count)
    guard rest.drop(ending: ChainedRow.deliveryKey) else { return nil }
    return DeliveryAttempt(delivery: DeliveryID(text), number: number)
  }

  fileprivate mutating func dropHash() -> String? {
    let hash = suffix(ChainEnd.hashLength)
    guard ChainEnd.isHash(hash) else { return nil }
    removeLast(hash.count)
    return String(decoding: hash, as: UTF8.self)
  }

  /// A number from 1, in the form that `String` writes.
  fileprivate mutating func dropNumber() -> Int? {
    let digits = suffix(20).reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let text = String(decoding: digits.reversed(), as: UTF8.self)
    guard let number = Int(text), number >= 1, String(number) == text else { return nil }
    removeLast(digits.count)
    return number
  }
}
