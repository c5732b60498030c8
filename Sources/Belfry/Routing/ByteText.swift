// SPDX-License-Identifier: Apache-2.0

/// A text that is compared by its bytes.
///
/// A `String` takes `Ü` and `U` with a combining mark for equal. Patterns compare bytes, as regular expressions and the
/// programs that send alerts do.
package struct ByteText: Sendable, Hashable, Comparable, ExpressibleByStringInterpolation {
  package let text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral text: String) { self.text = text }

  package static func == (left: ByteText, right: ByteText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
  package static func < (left: ByteText, right: ByteText) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xFF))
  }
}

extension String {
  /// Without a beginning, compared by bytes; nil when it does not begin so.
  func dropPrefix(_ prefix: String) -> String? {
    utf8.starts(with: prefix.utf8) ? String(Substring(utf8.dropFirst(prefix.utf8.count))) : nil
  }

  /// Without an end, compared by bytes; nil when it does not end so.
  func dropSuffix(_ suffix: String) -> String? {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
      ? String(Substring(utf8.dropLast(suffix.utf8.count))) : nil
  }
}
