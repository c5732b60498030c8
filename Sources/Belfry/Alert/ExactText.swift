// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A text that is equal to another only if both have the same UTF-8 bytes.
///
/// Swift compares strings by canonical equivalence: `café` with a composed é equals `café` with a decomposed one, also
/// in dictionaries and sets. SQLite, Prometheus and Alertmanager compare bytes. Everything that identifies or groups
/// alerts also compares bytes, so that two alerts are distinct in memory, in the ledger and at the sender.
///
/// As a property wrapper, it gives a stored `String` this comparison: `@ExactText var id: String`.
@propertyWrapper
public struct ExactText: Sendable, Hashable, Comparable, ExpressibleByStringInterpolation, CustomStringConvertible {
  /// The text.
  public var wrappedValue: String

  /// Creates the text of a wrapped property.
  public init(wrappedValue: String) { self.wrappedValue = wrappedValue }

  /// Creates a text for use as a key or set element.
  public init(_ text: String) { self.wrappedValue = text }

  /// Creates a text from a literal.
  public init(stringLiteral value: String) { self.wrappedValue = value }

  /// The text.
  public var text: String { wrappedValue }
  /// The text.
  public var description: String { wrappedValue }

  /// Whether both have the same bytes.
  public static func == (left: ExactText, right: ExactText) -> Bool {
    let (left, right) = (left.wrappedValue.utf8, right.wrappedValue.utf8)
    return left.count == right.count && left.order(before: right) == 0
  }

  /// Orders by bytes, like SQLite and Go.
  public static func < (left: ExactText, right: ExactText) -> Bool {
    left.wrappedValue.utf8.order(before: right.wrappedValue.utf8) < 0
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    wrappedValue.utf8.withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }
}

extension String {
  /// Whether both have the same UTF-8 bytes; see `ExactText`.
  package func isExactly(_ other: String) -> Bool { ExactText(self) == ExactText(other) }

  /// Whether its bytes start with those of `prefix`.
  ///
  /// With `hasPrefix`, a combining mark after the prefix would change the prefix's last character.
  package func beginsExactly(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

  /// The text after the first `count` bytes, which must end between two Unicode scalars.
  package func dropping(bytes count: Int) -> String {
    String(Substring(utf8[utf8.index(utf8.startIndex, offsetBy: count)...]))
  }
}

extension Dictionary where Key == ExactText {
  /// The value for a text; nil if there is none.
  package subscript(text: String) -> Value? {
    get { self[ExactText(text)] }
    set { self[ExactText(text)] = newValue }
  }
}

extension String.UTF8View {
  /// Negative if it comes before the other bytes, 0 if they are equal, otherwise positive.
  fileprivate func order(before other: String.UTF8View) -> Int {
    withBytes { left in
      other.withBytes { right in
        let count = Swift.min(left.count, right.count)
        if let left = left.baseAddress, let right = right.baseAddress, count > 0 {
          let order = memcmp(left, right, count)
          if order != 0 { return Int(order) }
        }
        return left.count - right.count
      }
    }
  }

  /// Every native string is contiguous; others are copied first.
  fileprivate func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    withContiguousStorageIfAvailable(body) ?? Array(self).withUnsafeBufferPointer(body)
  }
}
