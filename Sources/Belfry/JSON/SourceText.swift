// SPDX-License-Identifier: Apache-2.0

/// The text of a file, which converts byte offsets to lines and columns.
package struct SourceText: Sendable {
  /// The file's name in findings.
  package let name: String
  package let bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// The text with the strings at these offsets masked.
  package func masked(at offsets: [Int]) -> String {
    var shown: [UInt8] = []
    var rest = 0
    for offset in Set(offsets).sorted() where offset >= rest && offset < bytes.count {
      var end = offset + 1
      while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
      shown += bytes[rest..<offset]
      shown += Array("\"\(Secret.mask)\"".utf8)
      rest = min(end + 1, bytes.count)
    }
    return String(decoding: shown + bytes[rest...], as: UTF8.self)
  }

  /// The line and column of a byte, both from 1; a column is a Unicode scalar.
  ///
  /// An offset beyond the end counts as the end.
  package func place(of offset: Int) -> (line: Int, column: Int) {
    let end = min(max(offset, 0), bytes.count)
    var line = 1
    var column = 1
    for byte in bytes[..<end] {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return (line, column)
  }
}
