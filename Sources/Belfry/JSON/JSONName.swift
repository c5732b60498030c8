// SPDX-License-Identifier: Apache-2.0

/// The name of an object's member, compared in place: a `String` is made only on request.
///
/// It points into the text, so it is valid only within the reader's scope.
package struct JSONName {
  /// The byte offset of its opening quote.
  package let offset: Int
  private let bytes: UnsafeBufferPointer<UInt8>
  private let decoded: String?

  init(offset: Int, bytes: UnsafeBufferPointer<UInt8>) {
    self.offset = offset
    self.bytes = bytes
    self.decoded = nil
  }

  init(offset: Int, decoded: String) {
    self.offset = offset
    self.bytes = UnsafeBufferPointer(start: nil, count: 0)
    self.decoded = decoded
  }

  package var text: String { decoded ?? String(decoding: bytes, as: UTF8.self) }

  /// Whether it is plain ASCII without escapes, which needs no cleaning.
  package var isPlain: Bool { decoded == nil }

  /// Lets a `switch` list known names as literals.
  @inline(__always)
  package static func ~= (known: StaticString, name: JSONName) -> Bool {
    if let decoded = name.decoded { return decoded.isExactly(known.description) }
    guard known.utf8CodeUnitCount == name.bytes.count, let base = name.bytes.baseAddress else {
      return known.utf8CodeUnitCount == 0 && name.bytes.isEmpty
    }
    let pointer = known.utf8Start
    for index in 0..<name.bytes.count where base[index] != pointer[index] { return false }
    return true
  }
}
