// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A text that equals another text only if both have the same bytes in UTF-8.
///
/// Swift compares strings by canonical equivalence: to a `String`, `café` with a composed é and with a decomposed one are
/// equal, in dictionaries and sets too. SQLite, Prometheus and Alertmanager compare bytes. Everything that identifies or
/// groups alerts compares bytes too, so that two alerts are two in memory, in the ledger and at the sender.
///
/// As a property wrapper, it gives a stored `String` this comparison: `@ExactText var id: String`.
@propertyWrapper
public struct ExactText: Sendable, Hashable, Comparable, ExpressibleByStringInterpolation, CustomStringConvertible {
  /// The text.
  public var wrappedValue: String

  /// Creates the text of a wrapped property.
  public init(wrappedValue: String) { self.wrappedValue = wrappedValue }

  /// Creates a text, to be a key or an element of a set.
  public init(_ text: String) { self.wrappedValue = text }

  /// Creates a text from a literal.
  public init(stringLiteral value: String) { self.wrappedValue = value }

  /// The text.
  public var text: String { wrappedValue }
  /// The text.
  public var description: String { wrappedValue }

  /// Whether both are the same bytes.
  public static func == (left: ExactText, right: ExactText) -> Bool {
    let (left, right) = (left.wrappedValue.utf8, right.wrappedValue.utf8)
    return left.count == right.count && left.order(before: right) == 0
  }

  /// Orders by bytes, as SQLite and Go do.
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
  /// Whether both are the same bytes in UTF-8; see `ExactText`.
  package func isExactly(_ other: String) -> Bool { ExactText(self) == ExactText(other) }

  /// Whether its bytes begin with those of `prefix`.
  ///
  /// To `hasPrefix`, a combining mark after the prefix changes the prefix's last character.
  package func beginsExactly(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

  /// What follows a number of bytes; they must end between two Unicode scalars.
  package func dropping(bytes count: Int) -> String {
    String(Substring(utf8[utf8.index(utf8.startIndex, offsetBy: count)...]))
  }
}

extension Dictionary where Key == ExactText {
  /// The value of a text; nil when there is none.
  package subscript(text: String) -> Value? {
    get { self[ExactText(text)] }
    set { self[ExactText(text)] = newValue }
  }
}

extension String.UTF8View {
  /// Below 0 when it comes before the other bytes, 0 when it equals them, else above.
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

  /// Every native string is contiguous; any other is copied first.
  fileprivate func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    withContiguousStorageIfAvailable(body) ?? Array(self).withUnsafeBufferPointer(body)
  }
}
